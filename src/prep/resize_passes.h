// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "prep/resize_filter.h"

namespace permille {

/// The two inner loops of resizing. Each gives the numbers of PIL's: sums of products with the
/// weights, rounded and cut to 0..255.
struct ResizePasses {
  /// One row of `channels` (1 or 3) interleaved channels to axis.windows.size() pixels. `readable`
  /// is how many bytes may be read from `in` on.
  void (*row)(const std::uint8_t* in, std::size_t readable, std::size_t channels,
              const AxisWeights& axis, std::uint8_t* out);
  /// `count` rows, each `stride` bytes after the one before, to one row of `bytes` bytes.
  void (*columns)(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                  std::size_t count, std::size_t bytes, std::uint8_t* out);
};

/// With the vectors that every processor of this architecture has.
const ResizePasses& FastResizePasses();
/// In plain C++: what the fast ones must equal.
const ResizePasses& PlainResizePasses();

}  // namespace permille
