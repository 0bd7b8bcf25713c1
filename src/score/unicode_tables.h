// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace permille {

/// Every `step`-th code point from first to last has its lower case `delta` away.
struct LowerRun {
  std::uint32_t first;
  std::uint32_t last;
  std::uint32_t step;
  std::int32_t delta;
};

struct CodeRange {
  std::uint32_t first;
  std::uint32_t last;
};

/// In order, from U+0080 on.
std::span<const LowerRun> LowerRuns();
std::span<const CodeRange> WordRanges();

}  // namespace permille
