// SPDX-License-Identifier: Apache-2.0
#include "dataset/characters.h"

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

}  // namespace

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
