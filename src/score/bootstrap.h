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

/// A 95 % bootstrap interval (Efron 1979) of `figure`, which `statistic` gives of all samples once:
/// the middle of its values on `replicates` sets drawn with replacement, moved so that their median
/// lies at the figure. (Sets that repeat samples have figures that are too high by themselves where
/// a metric takes maxima, as average precision does.) Cut to 0 to 1; [0, 1] for fewer than two
/// samples, of which nothing can be drawn. The same input gives the same interval.
Interval BootstrapInterval(double figure, std::size_t samples, std::size_t replicates,
                           const Statistic& statistic);

/// The 95 % t interval of a mean of figures between 0 and 1, cut to that range; [0, 1] for fewer
/// than two.
Interval ShareInterval(std::span<const double> shares);

}  // namespace permille
