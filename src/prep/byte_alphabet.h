// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace permille {

/// GPT-2's alphabet: a printable character for each byte (`bytes_to_unicode`, Radford et al. 2019).
/// Printable Latin-1 stands for itself; the other bytes follow from U+0100.
char32_t ByteCharacter(unsigned char byte);
std::optional<unsigned char> CharacterByte(char32_t c);

/// What stands for a space: U+0120.
inline constexpr char32_t kByteSpace = 0x120;

}  // namespace permille
