// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

namespace permille {

/// Share of the variance of `y` that the means of its groups explain (one-way), 0 to 1. Absent with
/// fewer than three values, a single group, or no variance.
std::optional<double> GroupR2(std::span<const std::string> group, std::span<const double> y);

/// Share of the variance of `y` that a straight line in `x` explains. Absent as above.
std::optional<double> LineR2(std::span<const double> x, std::span<const double> y);

/// Least-squares slope of `y` in `x` within groups: each group has its own intercept. Absent where
/// `x` does not vary inside any group.
std::optional<double> WithinSlope(std::span<const std::string> group, std::span<const double> x,
                                  std::span<const double> y);

}  // namespace permille
