// SPDX-License-Identifier: Apache-2.0
#include "meter/sys_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace permille {
namespace {

std::string_view TrimEnd(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

int OpenForReading(const char* path) {
  return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

}  // namespace

SysFile::~SysFile() {
  Close();
}

SysFile::SysFile(SysFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

SysFile& SysFile::operator=(SysFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

int SysFile::Open() {
  if (descriptor_ >= 0) return 0;
  descriptor_ = OpenForReading(path_.c_str());
  return descriptor_ >= 0 ? 0 : errno;
}

void SysFile::Close() {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

SysFile::Text SysFile::Read(std::span<char> buffer) {
  const bool reopenable = descriptor_ >= 0;
  for (int attempt = 0;; ++attempt) {
    if (const int error = Open()) return {{}, error};
    const ssize_t size = pread(descriptor_, buffer.data(), buffer.size(), 0);
    if (size >= 0) return {TrimEnd({buffer.data(), static_cast<std::size_t>(size)}), 0};
    const int error = errno;
    if (error == EINTR) continue;
    Close();
    if (!reopenable || attempt > 0) return {{}, error};
  }
}

std::optional<std::string> ReadSysText(const std::string& path) {
  const int descriptor = OpenForReading(path.c_str());
  if (descriptor < 0) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer;
  ssize_t size = 0;
  while ((size = read(descriptor, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  close(descriptor);
  if (size < 0) return std::nullopt;
  text.resize(TrimEnd(text).size());
  return text;
}

int SysReadError(const std::string& path) {
  std::array<char, 64> buffer;
  return SysFile(path).Read(buffer).error;
}

std::string UnderRoot(std::string_view root, std::string_view relative) {
  while (root.ends_with('/')) root.remove_suffix(1);
  while (relative.starts_with('/')) relative.remove_prefix(1);
  return std::string(root).append("/").append(relative);
}

std::optional<std::uint64_t> ParseCount(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<int> ParseCpuList(std::string_view text) {
  constexpr std::uint64_t kMostCpus = 65536;  // bounds a hostile "0-99999999999"
  std::vector<int> cpus;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    const std::size_t dash = part.find('-');
    const auto first = ParseCount(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : ParseCount(part.substr(dash + 1));
    if (!first || !last || *last >= kMostCpus) continue;
    for (std::uint64_t cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<int>(cpu));
  }
  return cpus;
}

}  // namespace permille
