// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace permille {

// The classes Hugging Face tokenizers uses, code point for code point (hf_unicode_tables.h).
bool IsHfControl(char32_t c);
bool IsHfNonspacingMark(char32_t c);
bool IsHfMark(char32_t c);
bool IsHfPunctuation(char32_t c);
bool IsCjkIdeograph(char32_t c);
/// Unicode White_Space.
bool IsWhitespace(char32_t c);
/// What \w matches in the regular expressions of its crate regex.
bool IsWordCharacter(char32_t c);
/// A digit or another number, as Digits splits them off.
bool IsHfNumeric(char32_t c);
/// A number for the script of `c`; 0 fits every script.
unsigned ScriptOf(char32_t c);

/// Up to three code points.
struct CodePoints {
  char32_t values[4] = {};
  unsigned count = 0;
};
/// Lower case of one code point by itself, as Rust's char::to_lowercase.
CodePoints LowerCase(char32_t c);
/// Full canonical decomposition of one code point.
CodePoints Decompose(char32_t c);
/// Append the full compatibility decomposition of one code point.
void AppendCompatible(char32_t c, std::u32string& out);
/// What two characters compose to, or 0.
char32_t Compose(char32_t first, char32_t second);
/// Canonical combining class.
int CombiningClass(char32_t c);
/// Tells where user-perceived characters (extended grapheme clusters, UAX 29) end, in text order.
class GraphemeBreaks {
 public:
  /// Whether `c` belongs to the character that `before`, the code point left of it, ends.
  bool Joins(char32_t before, char32_t c);

 private:
  int state_ = 0;
};

/// Lower-case a whole text; broken sequences become U+FFFD.
std::string LowerCaseText(std::string_view text);

}  // namespace permille
