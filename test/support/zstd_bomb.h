// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace permille {

/// A Zstandard frame (RFC 8878) of 4 kB that unpacks to 128 MiB of zeros: 1,024 blocks that each
/// say "131,072 times the same byte".
inline std::string ZstdBomb() {
  std::string frame("\x28\xb5\x2f\xfd\x00\x58", 6);  // magic, no size stated, a window of 2 MiB
  for (unsigned block = 0; block < 1024; ++block) {
    const unsigned header = (block == 1023 ? 1U : 0U) | 1U << 1 | 131072U << 3;
    for (const unsigned shift : {0U, 8U, 16U}) frame += static_cast<char>(header >> shift & 0xffU);
    frame += '\0';
  }
  return frame;
}

}  // namespace permille
