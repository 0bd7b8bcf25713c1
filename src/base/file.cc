// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace permille {
namespace {

/// A file descriptor closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string Reason(int error) {
  return std::generic_category().message(error);
}

tl::unexpected<Error> CannotRead(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Fail(ErrorCode::kNotFound, "{}: no such file", path);
    case EACCES:
    case EPERM:
      return Fail(ErrorCode::kUnavailable, "{}: cannot be read (permission denied)", path);
    default:
      return Fail(ErrorCode::kIo, "{}: cannot be read ({})", path, Reason(error));
  }
}

tl::unexpected<Error> CannotWrite(const std::string& path, int error) {
  const auto code = error == EACCES || error == EPERM || error == EROFS ? ErrorCode::kUnavailable
                                                                        : ErrorCode::kIo;
  return Fail(code, "{}: cannot be written ({})", path, Reason(error));
}

/// Write all of it; 0 or the system's error.
int WriteWhole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// The file that a path means, through symbolic links; the path itself where there is none yet.
std::string Resolve(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string target = resolved;
  std::free(resolved);
  return target;
}

/// Make a rename durable; a file system that cannot sync a folder is no reason to fail.
void SyncFolderOf(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder =
      slash == path.npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.open()) ::fsync(fd.get());
}

int Replace(const std::string& target, std::string_view text, mode_t mode) {
  std::string temporary;
  int fd = -1;
  for (int attempt = 0; fd < 0 && attempt < 1000; ++attempt) {
    temporary = fmt::format("{}.tmp-{}-{}", target, ::getpid(), attempt);
    fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 && errno != EEXIST) return errno;
  }
  if (fd < 0) return EEXIST;
  int error = WriteWhole(fd, text);
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) error = errno;
  if (error != 0) ::unlink(temporary.c_str());
  return error;
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  // Non-blocking, so that a named pipe is refused below instead of waited for.
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.open()) return CannotRead(path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return CannotRead(path, errno);
  if (S_ISDIR(status.st_mode))
    return Fail(ErrorCode::kIo, "{}: is a folder, a file was expected", path);
  if (!S_ISREG(status.st_mode)) return Fail(ErrorCode::kIo, "{}: is not a regular file", path);
  // Files of /proc and /sys state a size of 0 or 4096 whatever they hold, so the end is what read()
  // says.
  std::string text(std::min(max_bytes, static_cast<std::size_t>(status.st_size)) + 1, '\0');
  std::size_t size = 0;
  while (true) {
    if (size == text.size()) text.resize(text.size() * 2 + 4096);
    const ssize_t got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotRead(path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > max_bytes)
      return Fail(ErrorCode::kInvalid, "{}: larger than {} bytes", path, max_bytes);
  }
  text.resize(size);
  return text;
}

Result<void> WriteFile(const std::string& path, std::string_view text) {
  const std::string target = Resolve(path);
  struct stat status {};
  const bool exists = ::stat(target.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return CannotWrite(path, EISDIR);
  int error = 0;
  if (exists && !S_ISREG(status.st_mode)) {  // /dev/null, a pipe: nothing to replace
    const Descriptor fd(::open(target.c_str(), O_WRONLY | O_CLOEXEC));
    error = fd.open() ? WriteWhole(fd.get(), text) : errno;
  } else {
    error = Replace(target, text, exists ? status.st_mode & 0777 : 0666);
  }
  if (error != 0) return CannotWrite(path, error);
  SyncFolderOf(target);
  return {};
}

}  // namespace permille
