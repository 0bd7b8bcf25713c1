// SPDX-License-Identifier: Apache-2.0
#include "prep/byte_alphabet.h"

#include <array>

namespace permille {
namespace {

constexpr bool StandsForItself(unsigned byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
}

constexpr std::array<char32_t, 256> kCharacters = [] {
  std::array<char32_t, 256> out{};
  char32_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) out[byte] = StandsForItself(byte) ? byte : next++;
  return out;
}();

/// 68 bytes do not stand for themselves.
constexpr unsigned kLimit = 0x100 + 68;

constexpr std::array<short, kLimit> kBytes = [] {
  std::array<short, kLimit> out{};
  for (short& byte : out) byte = -1;
  for (unsigned byte = 0; byte < 256; ++byte) out[kCharacters[byte]] = static_cast<short>(byte);
  return out;
}();

}  // namespace

char32_t ByteCharacter(unsigned char byte) {
  return kCharacters[byte];
}

std::optional<unsigned char> CharacterByte(char32_t c) {
  if (c >= kLimit || kBytes[c] < 0) return std::nullopt;
  return static_cast<unsigned char>(kBytes[c]);
}

}  // namespace permille
