// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace permille {

/// A small /sys or /proc entry that is read again and again: opened once, read from its start each
/// time, and opened anew when reading fails (the driver behind it was reloaded). Not thread-safe.
class SysFile {
 public:
  explicit SysFile(std::string path) : path_(std::move(path)) {}
  ~SysFile();
  SysFile(SysFile&& other) noexcept;
  SysFile& operator=(SysFile&& other) noexcept;

  /// What was read, without trailing blanks; `error` is an errno, 0 when it went well.
  struct Text {
    std::string_view text;
    int error = 0;
  };
  /// Fill `buffer`; the text points into it. Does not allocate.
  Text Read(std::span<char> buffer);
  const std::string& path() const { return path_; }

 private:
  int Open();
  void Close();

  std::string path_;
  int descriptor_ = -1;
};

/// A whole /sys or /proc entry, read once: its text without trailing blanks, or absent.
std::optional<std::string> ReadSysText(const std::string& path);
/// The errno of reading `path` once; 0 when it can be read.
int SysReadError(const std::string& path);
/// `<root>/<relative>`, with one slash between them.
std::string UnderRoot(std::string_view root, std::string_view relative);

/// A whole text as a decimal integer that is not negative; absent for anything else.
std::optional<std::uint64_t> ParseCount(std::string_view text);
/// The numbers of a kernel CPU list: "0-3,8" is 0 1 2 3 8. Parts that are no ranges are left out.
std::vector<int> ParseCpuList(std::string_view text);

}  // namespace permille
