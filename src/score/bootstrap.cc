// SPDX-License-Identifier: Apache-2.0
#include "score/bootstrap.h"

#include <algorithm>

namespace permille {
namespace {

/// SplitMix64 (Steele, Lea and Flood 2014): the same on every machine, unlike std distributions.
class Random {
 public:
  std::uint64_t Below(std::uint64_t limit) {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return (z ^ (z >> 31U)) % limit;  // limit is far below 2^64: the bias is under 1e-12
  }

 private:
  std::uint64_t state_ = 1;
};

}  // namespace

Interval BootstrapInterval(double figure, std::size_t samples, std::size_t replicates,
                           const Statistic& statistic) {
  if (samples < 2 || replicates < 2) return {0, 1};
  Random random;
  std::vector<std::uint32_t> times(samples);
  std::vector<double> values;
  values.reserve(replicates);
  for (std::size_t i = 0; i < replicates; ++i) {
    std::fill(times.begin(), times.end(), 0);
    for (std::size_t k = 0; k < samples; ++k) ++times[random.Below(samples)];
    values.push_back(statistic(times));
  }
  const double moved = figure - Median(values).value_or(figure);
  return {std::clamp(Quantile(values, 0.025).value_or(0) + moved, 0.0, 1.0),
          std::clamp(Quantile(values, 0.975).value_or(1) + moved, 0.0, 1.0)};
}

Interval ShareInterval(std::span<const double> shares) {
  const auto interval = MeanInterval(shares);
  if (!interval) return {0, 1};
  return {std::clamp(interval->low, 0.0, 1.0), std::clamp(interval->high, 0.0, 1.0)};
}

}  // namespace permille
