// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace permille {

/// Draws tokens by probability; the same seed gives the same tokens on every machine.
class RandomDraw {
 public:
  explicit RandomDraw(std::uint64_t seed) : engine_(seed) {}

  /// A number in (0, 1).
  double Uniform() { return (static_cast<double>(engine_() >> 11U) + 0.5) * 0x1p-53; }
  /// Draw `count` different indices, each with probability softmax(scores): the smallest of
  /// exponential waiting times. -inf is never drawn; fewer than `count` when too few are left.
  void Draw(std::span<const float> scores, std::size_t count, std::vector<std::size_t>& out);

 private:
  struct Arrival {
    double time = 0;
    std::size_t index = 0;
  };
  std::mt19937_64 engine_;
  std::vector<Arrival> arrivals_;
};

}  // namespace permille
