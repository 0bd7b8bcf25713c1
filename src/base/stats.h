// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace permille {

/// A closed interval of any quantity already reduced to a number.
struct Interval {
  double low = 0;
  double high = 0;
};

/// All take plain numbers in one unit and return absent (never 0 or NaN) when there are too few.
std::optional<double> Mean(std::span<const double> values);
/// Sample standard deviation, divisor n - 1; needs two values.
std::optional<double> SampleStd(std::span<const double> values);
/// Median; mean of the middle two when n is even.
std::optional<double> Median(std::span<const double> values);
/// Quantile q in [0,1], linear between order statistics (R type 7, numpy's default).
std::optional<double> Quantile(std::span<const double> values, double q);
/// Two-sided Student t quantile: P(|T| <= t) = confidence, `degrees` > 0 (may be fractional).
/// |error| < 1e-9.
double StudentT(double degrees, double confidence = 0.95);
/// mean +/- t * s / sqrt(n); needs two values.
std::optional<Interval> MeanInterval(std::span<const double> values, double confidence = 0.95);
/// Wilson score interval of a proportion (Wilson 1927); `total` > 0. z of the normal at
/// `confidence`.
Interval WilsonInterval(std::size_t successes, std::size_t total, double confidence = 0.95);
/// Quantile of the standard normal distribution, |error| < 1e-9.
double NormalQuantile(double p);

}  // namespace permille
