// SPDX-License-Identifier: Apache-2.0
#include "analyse/regression.h"

#include <map>
#include <vector>

#include "base/stats.h"

namespace permille {
namespace {

double SumOfSquares(std::span<const double> values, double mean) {
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum;
}

/// Values less the mean of their group.
std::vector<double> Centred(std::span<const std::string> group, std::span<const double> values) {
  std::map<std::string, std::pair<double, double>> sums;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sums[group[i]].first += values[i];
    sums[group[i]].second += 1;
  }
  std::vector<double> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& [sum, count] = sums[group[i]];
    out.push_back(values[i] - sum / count);
  }
  return out;
}

double Products(std::span<const double> x, std::span<const double> y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

}  // namespace

std::optional<double> GroupR2(std::span<const std::string> group, std::span<const double> y) {
  if (y.size() < 3 || group.size() != y.size()) return std::nullopt;
  const double total = SumOfSquares(y, *Mean(y));
  bool several = false;
  for (const std::string& name : group) several |= name != group[0];
  if (total <= 0 || !several) return std::nullopt;
  return 1 - SumOfSquares(Centred(group, y), 0) / total;
}

std::optional<double> LineR2(std::span<const double> x, std::span<const double> y) {
  if (y.size() < 3 || x.size() != y.size()) return std::nullopt;
  const std::vector<std::string> one(y.size());
  const std::vector<double> dx = Centred(one, x);
  const std::vector<double> dy = Centred(one, y);
  const double xx = Products(dx, dx);
  const double yy = Products(dy, dy);
  if (xx <= 0 || yy <= 0) return std::nullopt;
  const double xy = Products(dx, dy);
  return xy * xy / (xx * yy);
}

std::optional<double> WithinSlope(std::span<const std::string> group, std::span<const double> x,
                                  std::span<const double> y) {
  if (x.size() != y.size() || group.size() != x.size()) return std::nullopt;
  const std::vector<double> dx = Centred(group, x);
  const double xx = Products(dx, dx);
  if (xx <= 0) return std::nullopt;
  return Products(dx, Centred(group, y)) / xx;
}

}  // namespace permille
