// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <span>

namespace permille {

/// Standard normal numbers for images: Box and Muller's method on the upper 53 bits of a 64-bit
/// Mersenne twister, both of each pair used. The same seed gives the same numbers on every machine,
/// up to the last bit of log, cos and sin. They are not torch's: an image is that of a seed of
/// permille's, not of one of torch's.
class LatentNoise {
 public:
  explicit LatentNoise(std::uint64_t seed) : engine_(seed) {}
  void Fill(std::span<float> numbers);

 private:
  std::mt19937_64 engine_;
};

}  // namespace permille
