// SPDX-License-Identifier: Apache-2.0
#include "pipeline/random_draw.h"

#include <algorithm>
#include <limits>

namespace permille {

void RandomDraw::Draw(std::span<const float> scores, std::size_t count,
                      std::vector<std::size_t>& out) {
  arrivals_.clear();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!(scores[i] > -std::numeric_limits<float>::infinity())) continue;
    // log(waiting time): one that cannot overflow however small the probability.
    const double time = std::log(-std::log(Uniform())) - static_cast<double>(scores[i]);
    arrivals_.push_back({time, i});
  }
  count = std::min(count, arrivals_.size());
  const auto end = arrivals_.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(arrivals_.begin(), end, arrivals_.end(),
                    [](const Arrival& a, const Arrival& b) {
                      return a.time < b.time || (a.time == b.time && a.index < b.index);
                    });
  out.clear();
  for (std::size_t i = 0; i < count; ++i) out.push_back(arrivals_[i].index);
}

}  // namespace permille
