// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "prep/image.h"

namespace permille {

/// Which pixels along one axis make each output pixel, and with which weights.
struct AxisWeights {
  static constexpr int kFractionBits = 22;  ///< of a weight: PIL's 32 - 8 - 2

  struct Window {
    std::size_t first;
    std::size_t count;
  };
  std::vector<Window> windows;        ///< one per output pixel
  std::vector<std::int32_t> weights;  ///< `stride` per output pixel
  std::size_t stride = 0;
};

/// The weights with which PIL resamples an axis of `in` pixels to `out`, for the output pixels from
/// `begin` to `end`. `filter` is not kNearest.
AxisWeights ResampleAxis(std::size_t in, std::size_t out, ResizeFilter filter, std::size_t begin,
                         std::size_t end);

}  // namespace permille
