// SPDX-License-Identifier: Apache-2.0
#include "prep/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>

#include "prep/hf_character_classes.h"
#include "prep/hf_normal_forms.h"
#include "prep/hf_unicode_tables.h"

namespace permille {
namespace {

bool Contains(std::span<const CodePointRange> ranges, char32_t c) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), c,
                       [](char32_t x, const CodePointRange& r) { return x < r.low; });
  return after != ranges.begin() && c <= std::prev(after)->high;
}

}  // namespace

bool IsHfControl(char32_t c) {
  return Contains(kControl, c);
}
bool IsHfNonspacingMark(char32_t c) {
  return Contains(kNonspacingMark, c);
}
bool IsHfMark(char32_t c) {
  return Contains(kMark, c);
}
bool IsHfPunctuation(char32_t c) {
  return Contains(kPunctuation, c);
}

// The blocks of `is_chinese_char` in Google's BERT, as tokenizers has them (0x2B920, not 0x2B820).
bool IsCjkIdeograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool IsWhitespace(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool IsWordCharacter(char32_t c) {
  if (c < 0x80) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  return Contains(kWordCharacter, c);
}

bool IsHfNumeric(char32_t c) {
  return c < 0x80 ? c >= '0' && c <= '9' : Contains(kNumeric, c);
}

unsigned ScriptOf(char32_t c) {
  const auto after = std::upper_bound(kScripts.begin(), kScripts.end(), c,
                                      [](char32_t x, const ScriptRange& r) { return x < r.low; });
  if (after == kScripts.begin() || c > std::prev(after)->high) return 0;
  return std::prev(after)->script;
}

CodePoints LowerCase(char32_t c) {
  if (c == 0x130) return {{'i', 0x307}, 2};  // the one character with a longer lower case
  const auto exception =
      std::lower_bound(kLowerExceptions.begin(), kLowerExceptions.end(), c,
                       [](const LowerException& e, char32_t x) { return e.upper < x; });
  if (exception != kLowerExceptions.end() && exception->upper == c) return {{exception->lower}, 1};
  return {{static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)))}, 1};
}

CodePoints Decompose(char32_t c) {
  if (c == 0x11938) return {{c}, 1};  // decomposes since Unicode 13, which tokenizers does not know
  utf8proc_int32_t parts[4] = {};
  const auto count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(c), parts, 4,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE), nullptr);
  if (count < 1 || count > 4) return {{c}, 1};
  CodePoints out;
  out.count = static_cast<unsigned>(count);
  std::copy_n(parts, count, out.values);
  return out;
}

void AppendCompatible(char32_t c, std::u32string& out) {
  utf8proc_int32_t parts[32] = {};
  utf8proc_ssize_t count = 0;
  if (c >= 0x80 && !Contains(kUndecomposed, c)) {
    count = utf8proc_decompose_char(
        static_cast<utf8proc_int32_t>(c), parts, std::ssize(parts),
        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT),
        nullptr);
  }
  if (count < 1 || count > std::ssize(parts)) return out.push_back(c);
  for (const utf8proc_int32_t part : std::span(parts).first(static_cast<std::size_t>(count))) {
    out.push_back(static_cast<char32_t>(part));
  }
}

char32_t Compose(char32_t first, char32_t second) {
  // Hangul is composed by arithmetic (Unicode 15.0, section 3.12).
  constexpr char32_t kL = 0x1100, kV = 0x1161, kT = 0x11A7, kS = 0xAC00;
  constexpr char32_t kVCount = 21, kTCount = 28, kSCount = 19 * kVCount * kTCount;
  if (first >= kL && first < kL + 19 && second >= kV && second < kV + kVCount) {
    return kS + ((first - kL) * kVCount + (second - kV)) * kTCount;
  }
  if (first >= kS && first < kS + kSCount && (first - kS) % kTCount == 0 && second > kT &&
      second < kT + kTCount) {
    return first + (second - kT);
  }
  const auto found =
      std::lower_bound(kCompositions.begin(), kCompositions.end(), std::pair(first, second),
                       [](const Composition& c, const std::pair<char32_t, char32_t>& wanted) {
                         return std::pair(c.first, c.second) < wanted;
                       });
  if (found == kCompositions.end() || found->first != first || found->second != second) return 0;
  return found->composed;
}

bool GraphemeBreaks::Joins(char32_t before, char32_t c) {
  const auto a = static_cast<utf8proc_int32_t>(before);
  const auto b = static_cast<utf8proc_int32_t>(c);
  const bool joins = !utf8proc_grapheme_break_stateful(a, b, &state_);
  // tokenizers' table of what extends a character is of another version.
  constexpr utf8proc_int32_t kGrave = 0x300;
  if (Contains(kGraphemeExtender, c)) return !utf8proc_grapheme_break(a, kGrave);
  return joins && utf8proc_grapheme_break('a', b);
}

int CombiningClass(char32_t c) {
  if (c < 0x300) return 0;
  const int combining = utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
  return combining != 0 && Contains(kUnorderedMark, c) ? 0 : combining;
}

std::string LowerCaseText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeUtf8(text, at);
    const CodePoints lower = LowerCase(c.value);
    for (unsigned i = 0; i < lower.count; ++i) AppendUtf8(out, lower.values[i]);
    at += c.length;
  }
  return out;
}

}  // namespace permille
