// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"

namespace permille {

/// The median of many ratios with the order statistics that bound it at 95 % (sign test).
struct RatioBounds {
  double low = 0;
  double median = 0;
  double high = 0;
};

struct PairedCpu {
  RatioBounds ratio;  ///< CPU time of `b` over that of `a`, pair by pair
  double a_ms = 0;    ///< medians
  double b_ms = 0;
};

/// Run `a` and `b` one right after the other `pairs` times, whichever goes first taking turns, and
/// compare the CPU time that the process (all its threads) spent in each.
Result<PairedCpu> ComparePaired(const std::function<Result<void>()>& a,
                                const std::function<Result<void>()>& b, std::size_t pairs);

/// Whether the two are alike: "kept" where neither bound says that the ratio lies beyond
/// 1 +- limit, "EXCEEDED" otherwise.
std::string_view Verdict(const RatioBounds& ratio, double limit);

}  // namespace permille
