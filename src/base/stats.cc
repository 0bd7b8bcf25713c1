// SPDX-License-Identifier: Apache-2.0
#include "base/stats.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace permille {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

bool AllFinite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

/// ln(Gamma(a + 1/2) / Gamma(a)): its asymptotic series, reached by the recurrence of Gamma for
/// small a. A difference of two lgamma would lose digits for large a.
double LogGammaHalfStep(double a) {
  double shift = 0;
  for (; a < 20; a += 1) shift += std::log(a / (a + 0.5));
  const double r = 1 / (a * a);
  const double series =
      -1.0 / 8 + r * (1.0 / 192 + r * (-1.0 / 640 + r * (17.0 / 14336 - r * 31.0 / 18432)));
  return shift + 0.5 * std::log(a) + series / a;
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22), by the modified Lentz
/// method.
double BetaFraction(double x, double a, double b) {
  constexpr double kTiny = 1e-300;
  const auto guard = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / guard(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int m = 1; m < 100000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    fraction *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    fraction *= d * c;
    if (std::abs(d * c - 1) < 1e-16) break;
  }
  return fraction;
}

/// P(|T| > t) of Student's distribution: I_x(n/2, 1/2) with x = n / (n + t^2).
double StudentTail(double t, double n) {
  const double a = n / 2;
  const double b = 0.5;
  const double x = n / (n + t * t);
  const double y = t * t / (n + t * t);
  // ln( x^a y^b / B(a, b) ), with Gamma(1/2) = sqrt(pi)
  const double front = std::exp(LogGammaHalfStep(a) - 0.5 * std::log(std::numbers::pi) -
                                a * std::log1p(t * t / n) + b * std::log(y));
  if (x < (a + 1) / (a + b + 2)) return front * BetaFraction(x, a, b) / a;
  return 1 - front * BetaFraction(y, b, a) / b;
}

double StudentDensity(double t, double n) {
  return std::exp(LogGammaHalfStep(n / 2) - (n + 1) / 2 * std::log1p(t * t / n)) /
         std::sqrt(n * std::numbers::pi);
}

/// Cornish-Fisher expansion of the t quantile about the normal one (Abramowitz and Stegun 26.7.5).
double LargeDegreesT(double n, double z) {
  const double z2 = z * z;
  const double g1 = z * (z2 + 1) / 4;
  const double g2 = z * (z2 * (5 * z2 + 16) + 3) / 96;
  const double g3 = z * (z2 * (z2 * (3 * z2 + 19) + 17) - 15) / 384;
  return z + (g1 + (g2 + g3 / n) / n) / n;
}

/// Upper normal quantile: z with P(Z > z) = tail, for 0 < tail <= 1/2. Rational start (Abramowitz
/// and Stegun 26.2.23, error 4.5e-4), then Halley's steps on erfc.
double UpperNormal(double tail) {
  const double t = std::sqrt(-2 * std::log(tail));
  double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                     (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int step = 0; step < 4; ++step) {
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    const double excess = (std::erfc(z / std::numbers::sqrt2) / 2 - tail) / density;
    z += excess / (1 - z * excess / 2);
  }
  return z;
}

}  // namespace

std::optional<double> Mean(std::span<const double> values) {
  if (values.empty() || !AllFinite(values)) return std::nullopt;
  const double count = static_cast<double>(values.size());
  double mean = 0;
  for (const double v : values) mean += v / count;
  double correction = 0;  // second pass: takes out the rounding of the first
  for (const double v : values) correction += (v - mean) / count;
  return mean + correction;
}

std::optional<double> SampleStd(std::span<const double> values) {
  const auto mean = Mean(values);
  if (!mean || values.size() < 2) return std::nullopt;
  double squares = 0;
  for (const double v : values) squares += (v - *mean) * (v - *mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::optional<double> Median(std::span<const double> values) {
  return Quantile(values, 0.5);
}

std::optional<double> Quantile(std::span<const double> values, double q) {
  if (values.empty() || !AllFinite(values) || !(q >= 0 && q <= 1)) return std::nullopt;
  std::vector<double> parted(values.begin(), values.end());
  const double place = q * static_cast<double>(parted.size() - 1);
  const auto below = parted.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(parted.begin(), below, parted.end());
  if (below + 1 == parted.end()) return *below;
  const double above = *std::min_element(below + 1, parted.end());
  const double fraction = place - std::floor(place);
  return *below + fraction * (above - *below);
}

double NormalQuantile(double p) {
  if (!(p > 0 && p < 1)) {
    if (p == 0 || p == 1) return (p == 0 ? -1 : 1) * std::numeric_limits<double>::infinity();
    return kNotANumber;
  }
  return p < 0.5 ? -UpperNormal(p) : UpperNormal(1 - p);
}

double StudentT(double degrees, double confidence) {
  if (!(degrees > 0) || !(confidence >= 0 && confidence < 1)) return kNotANumber;
  if (confidence == 0) return 0;
  const double tail = 1 - confidence;
  if (degrees > 1e5) return LargeDegreesT(degrees, UpperNormal(tail / 2));
  double high = 1;
  while (StudentTail(high, degrees) > tail && high < 1e150) high *= 2;
  double low = high > 1 ? high / 2 : 0;
  double t = (low + high) / 2;
  // Newton's steps, inside a bracket that shrinks; where one would leave it, it is halved.
  for (int step = 0; step < 200; ++step) {
    const double excess = StudentTail(t, degrees) - tail;
    (excess > 0 ? low : high) = t;
    const double before = t;
    t += excess / (2 * StudentDensity(t, degrees));
    if (!(t > low && t < high)) t = (low + high) / 2;
    if (std::abs(t - before) <= 1e-15 * t || t == low || t == high) break;
  }
  return t;
}

std::optional<Interval> MeanInterval(std::span<const double> values, double confidence) {
  const auto mean = Mean(values);
  const auto deviation = SampleStd(values);
  if (!mean || !deviation) return std::nullopt;
  const double count = static_cast<double>(values.size());
  const double half = StudentT(count - 1, confidence) * *deviation / std::sqrt(count);
  return Interval{*mean - half, *mean + half};
}

Interval WilsonInterval(std::size_t successes, std::size_t total, double confidence) {
  if (total == 0) return Interval{0, 1};
  const double n = static_cast<double>(total);
  const double p = static_cast<double>(successes) / n;
  const double z = NormalQuantile(0.5 + confidence / 2);
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return Interval{std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

}  // namespace permille
