// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "support/temp_tree.h"

// What libFuzzer hands over, in the shapes that parsers take.

namespace permille {

inline std::string_view AsText(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Stop the fuzzer where a property that holds for every input does not.
inline void Require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

/// A folder of the process's own, for parsers that open what they read. Files are overwritten in
/// place by every input.
inline TempTree& Folder() {
  static TempTree tree;
  return tree;
}

}  // namespace permille
