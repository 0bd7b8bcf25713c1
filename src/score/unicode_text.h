// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Text as Python's str sees it, for metrics that are defined by Python code. UTF-8; a byte that is
// not UTF-8 counts as a character of its own that is neither letter nor space.

namespace permille {

/// One character: its code point and where its bytes lie.
struct Character {
  std::uint32_t code = 0;
  std::size_t begin = 0;
  std::size_t size = 0;
};
std::vector<Character> Characters(std::string_view text);

/// str.lower(); a sigma is a final one where a letter stands before it and none behind.
std::string LowerCase(std::string_view text);
/// Whether \w matches, '_' too.
bool IsWordCharacter(std::uint32_t code);
/// Whether str.split() separates there.
bool IsSpace(std::uint32_t code);
/// str.split()
std::vector<std::string> SplitAtSpaces(std::string_view text);

}  // namespace permille
