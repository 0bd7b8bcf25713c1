// SPDX-License-Identifier: Apache-2.0
#include "pipeline/latent_noise.h"

#include <cmath>
#include <numbers>

namespace permille {

void LatentNoise::Fill(std::span<float> numbers) {
  // In (0, 1), so that the logarithm is finite.
  const auto uniform = [this] { return (static_cast<double>(engine_() >> 11U) + 0.5) * 0x1p-53; };
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    numbers[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < numbers.size()) numbers[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
}

}  // namespace permille
