// SPDX-License-Identifier: Apache-2.0
#include "report/svg_scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace permille {
namespace {

// Share of the axis left free at either end.
constexpr double kMargin = 0.04;
constexpr double kBarReach = 1;  // decades
// Above it only labelled decades have a tick.
constexpr int kMostDecades = 40;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  bool empty() const { return low > high; }
  void Add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

bool CanShow(bool log, double value) {
  return std::isfinite(value) && (!log || value > 0);
}

// Ten to a power as 10 with raised digits.
std::string PowerOfTen(int exponent) {
  constexpr std::array<std::string_view, 10> kRaised = {"⁰", "¹", "²", "³", "⁴",
                                                        "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (const char digit : std::to_string(std::abs(exponent)))
    text += kRaised[static_cast<std::size_t>(digit - '0')];
  return text;
}

std::string Grouped(double value) {
  std::string digits = fmt::format("{:.0f}", value);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (value < 0 ? 1 : 0);
       at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string PlainLabel(double value) {
  const double size = std::abs(value);
  if (size == 0) return "0";
  if (size >= 1e-4 * (1 - 1e-9) && size < 1e6) {
    const std::string text = fmt::format("{:.10g}", value);
    return size >= 1000 && text.find('.') == std::string::npos ? Grouped(value) : text;
  }
  const int exponent = static_cast<int>(std::floor(std::log10(size) + 1e-9));
  const double digits = value / std::pow(10, exponent);
  if (std::abs(digits - 1) < 1e-6) return PowerOfTen(exponent);
  return fmt::format("{:.3g}·{}", digits, PowerOfTen(exponent));
}

std::string CountLabel(double value) {
  struct Step {
    double size;
    const char* letter;
  };
  for (const Step& step : {Step{1e12, "T"}, Step{1e9, "B"}, Step{1e6, "M"}, Step{1e4, "k"}}) {
    if (std::abs(value) < step.size * (1 - 1e-9)) continue;
    const double unit = step.size == 1e4 ? 1e3 : step.size;
    if (std::abs(value) / unit >= 1e6) break;
    return fmt::format("{:.3g}{}", value / unit, step.letter);
  }
  return PlainLabel(value);
}

}  // namespace

std::string TickLabel(double value, TickStyle style) {
  switch (style) {
    case TickStyle::kCount:
      return CountLabel(value);
    case TickStyle::kShare:
      // Plus zero, so that -0 is written 0.
      return fmt::format("{:.4g} %", value * 100 + 0.0);
    case TickStyle::kPlain:
      break;
  }
  return PlainLabel(value);
}

Scale Scale::Over(bool log, const std::vector<double>& values, const std::vector<Interval>& bars) {
  Range range;
  for (const double value : values) {
    if (CanShow(log, value)) range.Add(log ? std::log10(value) : value);
  }
  Scale scale;
  scale.log_ = log;
  if (range.empty()) return scale;
  const Range points = range;
  for (const Interval& bar : bars) {
    for (const double end : {bar.low, bar.high}) {
      if (!CanShow(log, end)) continue;
      range.Add(log ? std::clamp(std::log10(end), points.low - kBarReach, points.high + kBarReach)
                    : end);
    }
  }
  // Halves and shares of the ends, since the span of the widest range is no double.
  const double least = log ? 1 : std::max(std::abs(range.low), std::abs(range.high)) * 0.1;
  const double lacking = std::max(0.0, least / 2 - (range.high / 2 - range.low / 2));
  double margin = range.high * kMargin - range.low * kMargin + lacking;
  if (margin == 0) margin = 0.5;
  constexpr double kLargest = std::numeric_limits<double>::max();
  scale.low_ = std::max(range.low - margin, -kLargest);
  scale.high_ = std::min(range.high + margin, kLargest);
  if (log) {
    // Doubles reach from 10^-307.6 to 10^308.2.
    scale.low_ = std::pow(10, std::max(scale.low_, -307.0));
    scale.high_ = std::pow(10, std::min(scale.high_, 308.0));
  }
  return scale;
}

bool Scale::Shows(double value) const {
  return CanShow(log_, value);
}

void Scale::Place(double from_px, double to_px) {
  from_px_ = from_px;
  to_px_ = to_px;
}

double Scale::At(double value) const {
  const auto on = [&](double v) { return log_ ? std::log10(v) : v; };
  // Halved, so that a span from the lowest to the highest double does not overflow.
  const double share = (on(value) / 2 - on(low_) / 2) / (on(high_) / 2 - on(low_) / 2);
  return from_px_ + std::clamp(share, 0.0, 1.0) * (to_px_ - from_px_);
}

std::vector<Tick> Scale::Ticks(TickStyle style, int most_labels) const {
  return log_ ? LogTicks(style, most_labels) : LinearTicks(style, most_labels);
}

std::vector<Tick> Scale::LogTicks(TickStyle style, int most_labels) const {
  const int first = static_cast<int>(std::floor(std::log10(low_)));
  const int last = static_cast<int>(std::ceil(std::log10(high_)));
  const auto inside = [&](double value) {
    return value >= low_ * (1 - 1e-12) && value <= high_ * (1 + 1e-12);
  };
  int decades = 0;
  for (int n = first; n <= last; ++n) decades += inside(std::pow(10, n)) ? 1 : 0;
  const int step = std::max(1, (decades + most_labels - 1) / most_labels);
  const bool crowded = decades > kMostDecades;
  const bool halves = decades < 3;
  std::vector<Tick> ticks;
  for (int n = first; n <= last; ++n) {
    for (int digit = 1; digit <= (step == 1 ? 9 : 1); ++digit) {
      // Scaled by a division below 1, where a product would print as 0.30000000000000004.
      const double value = n < 0 ? digit / std::pow(10, -n) : digit * std::pow(10, n);
      if (!inside(value)) continue;
      const bool labelled = digit == 1 ? n % step == 0 : halves && (digit == 2 || digit == 5);
      if (labelled || !crowded)
        ticks.push_back({value, labelled ? TickLabel(value, style) : std::string()});
    }
  }
  return ticks;
}

std::vector<Tick> Scale::LinearTicks(TickStyle style, int most_labels) const {
  const double rough = (high_ / most_labels - low_ / most_labels);
  if (!std::isfinite(rough) || rough <= 0) return {};
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double nice : {1.0, 2.0, 5.0}) {
    if (nice * power >= rough * (1 - 1e-9)) {
      step = nice * power;
      break;
    }
  }
  std::vector<Tick> ticks;
  for (double n = std::ceil(low_ / step); n * step <= high_ * (1 + 1e-12) && ticks.size() < 100;
       ++n)
    ticks.push_back({n * step, TickLabel(n * step, style)});
  return ticks;
}

}  // namespace permille
