// SPDX-License-Identifier: Apache-2.0
#include "run/warmup.h"

#include <algorithm>
#include <cmath>

namespace permille {
namespace {

constexpr std::size_t kLatencies = 10;
constexpr double kTrendLimit = 0.01;
constexpr Seconds kHeatSpan{10};
constexpr Celsius kHeatLimit{1};

}  // namespace

bool Warmup::NeedsMore() const {
  if (fixed_) return queries_ < *fixed_;
  return !steady_ && queries_ < cap_;
}

void Warmup::Add(Seconds latency, Instant now, std::optional<Celsius> temperature) {
  ++queries_;
  latencies_.push_back(latency);
  if (latencies_.size() > kLatencies) latencies_.pop_front();
  if (temperature) heat_.push_back({now, *temperature});
  // Keep one entry older than the span, so that the span itself is always covered.
  while (heat_.size() > 2 && now - heat_[1].at > kHeatSpan) heat_.pop_front();
  steady_ = LatencySteady() && TemperatureSteady(now);
}

// The trend is the least-squares slope over the ten, times ten, relative to their mean. Noise
// without a trend passes: a slope within two of its standard errors is none.
bool Warmup::LatencySteady() const {
  if (latencies_.size() < kLatencies) return false;
  const double n = static_cast<double>(kLatencies);
  double mean = 0;
  for (const Seconds latency : latencies_) mean += latency.value() / n;
  if (mean <= 0) return true;
  double slope = 0;
  double spread = 0;
  for (std::size_t i = 0; i < kLatencies; ++i) {
    const double x = static_cast<double>(i) - (n - 1) / 2;
    slope += x * (latencies_[i].value() - mean);
    spread += x * x;
  }
  slope /= spread;
  double residual = 0;
  for (std::size_t i = 0; i < kLatencies; ++i) {
    const double x = static_cast<double>(i) - (n - 1) / 2;
    residual += std::pow(latencies_[i].value() - mean - slope * x, 2);
  }
  const double standard_error = std::sqrt(residual / (n - 2) / spread);
  return std::abs(slope) * n / mean < kTrendLimit || std::abs(slope) < 2 * standard_error;
}

bool Warmup::TemperatureSteady(Instant now) const {
  if (heat_.empty()) return true;
  if (now - heat_.front().at < kHeatSpan) return false;
  const auto [low, high] =
      std::ranges::minmax(heat_, {}, [](const Heat& heat) { return heat.temperature; });
  return high.temperature - low.temperature < kHeatLimit;
}

}  // namespace permille
