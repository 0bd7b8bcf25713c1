// SPDX-License-Identifier: Apache-2.0
#include "engine/scratch_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace permille {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "permille-weights-";

std::string TemporaryFolder() {
  const char* const variable = std::getenv("TMPDIR");
  return variable == nullptr || *variable == '\0' ? "/tmp" : variable;
}

tl::unexpected<Error> Failed(const std::string& folder, std::string_view what) {
  return Fail(ErrorCode::kIo, "{}: cannot {} a scratch file for weights: {} (set TMPDIR)", folder,
              what, std::strerror(errno));
}

/// Remove what processes that were killed left behind: files of ours that nobody holds locked.
void Sweep(const std::string& folder) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    const int file = open(entry.path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) continue;
    struct stat status {};
    if (fstat(file, &status) == 0 && status.st_uid == geteuid() &&
        flock(file, LOCK_EX | LOCK_NB) == 0) {
      unlink(entry.path().c_str());
    }
    close(file);
  }
}

}  // namespace

Result<void> ScratchFile::Create(const std::string& folder) {
  std::error_code error;
  folder_ = fs::canonical(folder, error).string();
  if (error) return Fail(ErrorCode::kIo, "{}: {} (set TMPDIR)", folder, error.message());
  Sweep(folder_);
  // Another process may sweep ours away between its creation and its lock: then it has no name, so
  // again.
  for (int attempt = 0; attempt < 16; ++attempt) {
    std::string path = folder_ + "/" + std::string(kPrefix) + "XXXXXX";
    file_ = mkostemp(path.data(), O_CLOEXEC);
    if (file_ < 0) return Failed(folder_, "make");
    struct stat status {};
    if (flock(file_, LOCK_EX) == 0 && fstat(file_, &status) == 0 && status.st_nlink > 0) {
      name_ = fs::path(path).filename().string();
      return {};
    }
    unlink(path.c_str());
    close(file_);
    file_ = -1;
  }
  return Failed(folder_, "lock");
}

Result<void> ScratchFile::Map(std::size_t size) {
  if (size == 0) return {};
  // Real blocks, so that a full disk is an error here and not a SIGBUS while writing.
  if (const int error = posix_fallocate(file_, 0, static_cast<off_t>(size)); error != 0) {
    errno = error;
    return Failed(folder_, "fill");
  }
  void* const address = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (address == MAP_FAILED) return Failed(folder_, "map");
  bytes_ = {static_cast<std::byte*>(address), size};
  return {};
}

Result<void> ScratchFile::CheckRoom(std::size_t size) {
  const std::string folder = TemporaryFolder();
  struct statvfs system {};
  if (statvfs(folder.c_str(), &system) != 0) return Failed(folder, "make");
  const double room = static_cast<double>(system.f_bavail) * static_cast<double>(system.f_frsize);
  if (static_cast<double>(size) > room) {
    return Fail(ErrorCode::kUnavailable,
                "{}: random weights on disk: needs {:.2f} GB, {:.2f} GB free (set TMPDIR)", folder,
                static_cast<double>(size) / 1e9, room / 1e9);
  }
  return {};
}

Result<std::unique_ptr<ScratchFile>> ScratchFile::Make(std::size_t size) {
  PERMILLE_TRY(CheckRoom(size));
  std::unique_ptr<ScratchFile> scratch(new ScratchFile());
  PERMILLE_TRY(scratch->Create(TemporaryFolder()));
  PERMILLE_TRY(scratch->Map(size));
  return scratch;
}

Result<std::unique_ptr<ScratchFile>> ScratchFile::MakeHole(std::size_t size) {
  std::unique_ptr<ScratchFile> scratch(new ScratchFile());
  PERMILLE_TRY(scratch->Create(TemporaryFolder()));
  if (ftruncate(scratch->file_, static_cast<off_t>(size)) != 0)
    return Failed(scratch->folder_, "size");
  return scratch;
}

Result<void> ScratchFile::Finish() {
  if (fdatasync(file_) != 0) return Failed(folder_, "write");
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
  bytes_ = {};
  return {};
}

ScratchFile::~ScratchFile() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
  if (!name_.empty()) unlink((folder_ + "/" + name_).c_str());
  if (file_ >= 0) close(file_);
}

}  // namespace permille
