// SPDX-License-Identifier: Apache-2.0
#include "prep/character_class.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>

#include "prep/hf_character_classes.h"

namespace permille {
namespace {

void Mark(std::span<const CodePointRange> ranges, CharacterClass as,
          std::vector<unsigned char>& classes) {
  for (const CodePointRange& range : ranges) {
    std::fill(classes.begin() + static_cast<std::ptrdiff_t>(range.low),
              classes.begin() + static_cast<std::ptrdiff_t>(range.high) + 1,
              static_cast<unsigned char>(as));
  }
}

}  // namespace

CharacterClasses::CharacterClasses() {
  std::vector<unsigned char> classes(0x110000);
  Mark(kRegexLetter, CharacterClass::kLetter, classes);
  Mark(kRegexNumber, CharacterClass::kNumber, classes);
  for (char32_t c = 0; c <= 0x3000; ++c) {
    if (IsWhitespace(c)) classes[c] = static_cast<unsigned char>(CharacterClass::kSpace);
  }
  for (std::size_t c = 0; c < ascii_.size(); ++c) {
    ascii_[c] = static_cast<CharacterClass>(classes[c]);
  }
  // Most blocks of code points are all letters or all unassigned: equal blocks are kept once.
  std::map<std::string, std::uint32_t> known;
  for (std::size_t block = 0; block < index_.size(); ++block) {
    const auto first = classes.begin() + static_cast<std::ptrdiff_t>(block * kBlock);
    const auto last = first + static_cast<std::ptrdiff_t>(kBlock);
    const auto [at, added] =
        known.emplace(std::string(first, last), static_cast<std::uint32_t>(blocks_.size()));
    if (added) blocks_.insert(blocks_.end(), first, last);
    index_[block] = at->second;
  }
}

const CharacterClasses& CharacterClasses::Get() {
  static const CharacterClasses classes;
  return classes;
}

}  // namespace permille
