// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/stats.h"

namespace permille {

/// A figure of a resampled set: sample i occurs times[i] times.
using Statistic = std::function<double(std::span<const std::uint32_t> times)>;

/// The 95 % percentile bootstrap interval (Efron 1979) of a figure over `samples` samples: the
/// middle of its values on `replicates` sets drawn with replacement. The same input gives the same
/// interval. [0, 1] for fewer than two samples, of which nothing can be drawn.
Interval BootstrapInterval(std::size_t samples, std::size_t replicates, const Statistic& statistic);

/// The 95 % t interval of a mean of figures between 0 and 1, cut to that range; [0, 1] for fewer
/// than two.
Interval ShareInterval(std::span<const double> shares);

}  // namespace permille
