// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace permille {

/// Code points low to high, both included.
struct CodePointRange {
  char32_t low;
  char32_t high;
};
struct LowerException {
  char32_t upper;
  char32_t lower;
};

// What Hugging Face tokenizers does with each code point; sorted, disjoint. Its tables are of older
// Unicode versions than any library's, so they are observed, not derived
// (tools/golden/make_hf_unicode.py).
extern const std::span<const CodePointRange> kControl;
extern const std::span<const CodePointRange> kNonspacingMark;
extern const std::span<const CodePointRange> kMark;
extern const std::span<const CodePointRange> kPunctuation;
extern const std::span<const CodePointRange> kUnorderedMark;
extern const std::span<const LowerException> kLowerExceptions;

}  // namespace permille
