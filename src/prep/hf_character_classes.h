// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "prep/hf_unicode_tables.h"

namespace permille {

/// Code points of one script, both ends included; numbers have no meaning but to differ.
struct ScriptRange {
  char32_t low;
  char32_t high;
  unsigned char script;
};

// What Hugging Face tokenizers takes each code point for; sorted, disjoint, observed
// (tools/golden/make_hf_classes.py).
extern const std::span<const CodePointRange> kRegexDigit;
extern const std::span<const CodePointRange> kRegexWord;
extern const std::span<const CodePointRange> kRegexLetter;
extern const std::span<const CodePointRange> kRegexNumber;
extern const std::span<const CodePointRange> kRegexMark;
extern const std::span<const CodePointRange> kRegexUpper;
extern const std::span<const CodePointRange> kRegexLower;
extern const std::span<const CodePointRange> kNumeric;
extern const std::span<const CodePointRange> kWordCharacter;
extern const std::span<const CodePointRange> kGraphemeExtender;
extern const std::span<const ScriptRange> kScripts;

}  // namespace permille
