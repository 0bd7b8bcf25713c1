// SPDX-License-Identifier: Apache-2.0
#include "dataset/characters.h"

#include <algorithm>

namespace permille {
namespace {

bool BeginsCharacter(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// Where in the bytes a character begins; the end of the text is one too.
std::optional<std::size_t> ByteOf(std::string_view text, std::int64_t character) {
  std::int64_t passed = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (BeginsCharacter(text[i]) && passed++ == character) return i;
  }
  if (passed == character) return text.size();
  return std::nullopt;
}

/// How many bytes the UTF-8 character at the start of a text has; 0: none is there (Unicode 15,
/// table 3-7).
std::size_t CharacterSize(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned second = byte(1);
  const bool wrong = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                     (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return wrong ? 0 : size;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), BeginsCharacter);
}

std::optional<std::string_view> CharactersBetween(std::string_view text, std::int64_t begin,
                                                  std::int64_t end) {
  if (begin < 0 || end < begin) return std::nullopt;
  const auto first = ByteOf(text, begin);
  if (!first) return std::nullopt;
  const auto size = ByteOf(text.substr(*first), end - begin);
  if (!size) return std::nullopt;
  return text.substr(*first, *size);
}

}  // namespace permille
