// SPDX-License-Identifier: Apache-2.0
#include "engine/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace permille {

Result<MappedFile> MappedFile::Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    const ErrorCode code = errno == ENOENT || errno == ENOTDIR ? ErrorCode::kNotFound
                           : errno == EACCES                   ? ErrorCode::kUnavailable
                                                               : ErrorCode::kIo;
    return Fail(code, "{}: cannot open: {}", path, std::strerror(errno));
  }
  struct stat status {};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(file);
    return Fail(ErrorCode::kInvalid, "{}: not a regular file", path);
  }
  MappedFile result;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > 0) {
    void* const address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (address == MAP_FAILED) {
      const int reason = errno;
      close(file);
      return Fail(ErrorCode::kIo, "{}: cannot map: {}", path, std::strerror(reason));
    }
    result.bytes_ = {static_cast<const std::byte*>(address), size};
  }
  close(file);
  return result;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace permille
