// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "prep/unicode.h"

namespace permille {

/// The four classes that regular expressions of tokenizers tell apart: \p{L}, \p{N}, \s, the rest.
enum class CharacterClass : unsigned char { kOther, kLetter, kNumber, kSpace };

/// The class of every code point, as Oniguruma in Hugging Face tokenizers sees it, in one step.
class CharacterClasses {
 public:
  /// The table, made at the first call.
  static const CharacterClasses& Get();

  CharacterClass Of(char32_t c) const {
    if (c < ascii_.size()) return ascii_[c];
    return static_cast<CharacterClass>(blocks_[index_[c >> kBlockBits] + (c & (kBlock - 1))]);
  }
  /// The class of the character at text[at] and its length there.
  CharacterClass At(std::string_view text, std::size_t at, std::size_t& length) const {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      length = 1;
      return ascii_[byte];
    }
    const CodePoint c = DecodeUtf8(text, at);
    length = c.length;
    return Of(c.value);
  }
  /// The end of the run of characters of one class that begins at `at`.
  std::size_t RunEnd(std::string_view text, std::size_t at, CharacterClass wanted) const {
    std::size_t length = 0;
    while (at < text.size() && At(text, at, length) == wanted) at += length;
    return at;
  }

 private:
  static constexpr unsigned kBlockBits = 7;
  static constexpr unsigned kBlock = 1u << kBlockBits;
  CharacterClasses();

  std::array<CharacterClass, 128> ascii_{};
  std::array<std::uint32_t, 0x110000 / kBlock> index_{};  ///< of a block's first class in blocks_
  std::vector<unsigned char> blocks_;
};

}  // namespace permille
