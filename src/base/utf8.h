// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace permille {

/// One step through UTF-8. `value` is U+FFFD where the bytes are not UTF-8; `length` bytes were
/// consumed.
struct CodePoint {
  char32_t value = 0;
  unsigned length = 0;
  bool valid = true;
};

inline constexpr char32_t kReplacement = 0xFFFD;

/// Decode the code point at text[at]; `at` < text.size(). Each maximal part of a broken sequence is
/// one U+FFFD (Unicode 15.0, section 3.9, as Python's errors="replace").
CodePoint DecodeUtf8(std::string_view text, std::size_t at);
bool IsUtf8(std::string_view text);
bool IsAscii(std::string_view text);
void AppendUtf8(std::string& out, char32_t c);
inline unsigned Utf8Length(char32_t c) {
  return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}
/// Code points in well-formed UTF-8.
std::size_t CountCodePoints(std::string_view text);

}  // namespace permille
