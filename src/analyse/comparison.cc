// SPDX-License-Identifier: Apache-2.0
#include "analyse/comparison.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace permille {
namespace {

/// p of a two-sided t test, by bisection on the quantile that base/stats knows.
double TwoSidedP(double t, double degrees) {
  double low = 0;  // confidence
  double high = 1;
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2;
    (middle < 1 && StudentT(degrees, middle) < std::abs(t) ? low : high) = middle;
  }
  return 1 - low;
}

Comparison FromT(double log_ratio, double error, double degrees) {
  Comparison out;
  out.ratio = std::exp(log_ratio);
  if (error > 0) {
    const double half = StudentT(degrees) * error;
    out.interval = Interval{std::exp(log_ratio - half), std::exp(log_ratio + half)};
    out.p = TwoSidedP(log_ratio / error, degrees);
  } else {
    out.interval = Interval{out.ratio, out.ratio};
    out.p = log_ratio == 0 ? 1 : 0;
  }
  return out;
}

std::optional<Comparison> Paired(const std::vector<double>& differences) {
  const double n = static_cast<double>(differences.size());
  const auto std = SampleStd(differences);
  if (!std) return std::nullopt;
  Comparison out = FromT(*Mean(differences), *std / std::sqrt(n), n - 1);
  out.method = "paired by block";
  out.n = differences.size();
  out.log_std = *std;
  return out;
}

Comparison Welch(const std::vector<double>& a, const std::vector<double>& b) {
  Comparison out;
  const auto std_a = SampleStd(a);
  const auto std_b = SampleStd(b);
  const double log_ratio = *Mean(b) - *Mean(a);
  if (std_a && std_b) {
    const double va = *std_a * *std_a / static_cast<double>(a.size());
    const double vb = *std_b * *std_b / static_cast<double>(b.size());
    const double below =
        va * va / static_cast<double>(a.size() - 1) + vb * vb / static_cast<double>(b.size() - 1);
    out = FromT(log_ratio, std::sqrt(va + vb), below > 0 ? (va + vb) * (va + vb) / below : 1);
    out.log_std = std::sqrt(*std_a * *std_a + *std_b * *std_b);
  } else {
    out.ratio = std::exp(log_ratio);
  }
  out.method = "Welch";
  out.n = std::min(a.size(), b.size());
  return out;
}

std::vector<double> Logs(std::span<const BlockCost> costs) {
  std::vector<double> logs;
  for (const BlockCost& cost : costs) logs.push_back(std::log(cost.cost));
  return logs;
}

bool AllAboveZero(std::span<const BlockCost> costs) {
  return std::ranges::all_of(costs, [](const BlockCost& cost) { return cost.cost > 0; });
}

/// Each repeat's block, and its log cost less the cell's mean; none of a cell with costs that have
/// no logarithm.
std::vector<std::pair<int, double>> Excesses(const CellResult& cell) {
  const std::vector<BlockCost> costs = CostsByBlock(cell);
  if (costs.empty() || !AllAboveZero(costs)) return {};
  const std::vector<double> logs = Logs(costs);
  const double mean = *Mean(logs);
  std::vector<std::pair<int, double>> excesses;
  for (std::size_t i = 0; i < costs.size(); ++i)
    excesses.emplace_back(costs[i].block, logs[i] - mean);
  return excesses;
}

}  // namespace

std::optional<Comparison> Compare(std::span<const BlockCost> a, std::span<const BlockCost> b) {
  if (a.empty() || b.empty() || !AllAboveZero(a) || !AllAboveZero(b)) return std::nullopt;
  std::map<int, double> of_a;
  for (const BlockCost& cost : a) of_a[cost.block] = cost.cost;
  std::vector<double> differences;
  for (const BlockCost& cost : b) {
    const auto twin = of_a.find(cost.block);
    if (twin != of_a.end()) differences.push_back(std::log(cost.cost / twin->second));
  }
  if (auto paired = Paired(differences)) return paired;
  return Welch(Logs(a), Logs(b));
}

std::map<int, double> BlockEffects(std::span<const CellResult* const> cells,
                                   const CellResult* but) {
  SharedBlocks blocks;
  for (const CellResult* cell : cells) {
    if (cell != but) blocks.Add(*cell);
  }
  return blocks.Effects();
}

void SharedBlocks::Add(const CellResult& cell) {
  for (const auto& [block, excess] : Excesses(cell)) {
    Sum& sum = sums_[block];
    sum.excess += excess;
    ++sum.count;
  }
}

std::map<int, double> SharedBlocks::Effects() const {
  std::map<int, double> effects;
  for (const auto& [block, sum] : sums_) effects[block] = sum.excess / sum.count;
  return effects;
}

std::map<int, double> SharedBlocks::Without(const CellResult& cell) const {
  std::map<int, double> effects = Effects();
  std::map<int, Sum> own;
  for (const auto& [block, excess] : Excesses(cell)) {
    own[block].excess += excess;
    ++own[block].count;
  }
  for (const auto& [block, sum] : own) {
    const Sum& all = sums_.at(block);
    if (all.count == sum.count) {
      effects.erase(block);
    } else {
      effects[block] = (all.excess - sum.excess) / (all.count - sum.count);
    }
  }
  return effects;
}

std::optional<Comparison> CompareHalves(const CellResult& cell,
                                        const std::map<int, double>& effects) {
  std::vector<BlockCost> costs = CostsByBlock(cell);
  if (costs.size() < 4 || !AllAboveZero(costs)) return std::nullopt;
  std::ranges::stable_sort(costs, {}, &BlockCost::block);
  const auto corrected = [&](const BlockCost& cost) {
    const auto effect = effects.find(cost.block);
    return std::log(cost.cost) - (effect == effects.end() ? 0 : effect->second);
  };
  const std::size_t half = costs.size() / 2;
  std::vector<double> differences;
  for (std::size_t i = 0; i < half; ++i)
    differences.push_back(corrected(costs[costs.size() - half + i]) - corrected(costs[i]));
  return Paired(differences);
}

void CorrectByHolm(std::span<Comparison> comparisons) {
  std::vector<Comparison*> ordered;
  for (Comparison& comparison : comparisons) {
    if (comparison.p) ordered.push_back(&comparison);
  }
  std::ranges::stable_sort(ordered, {}, [](const Comparison* one) { return *one->p; });
  double most = 0;
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    most = std::max(most, std::min(1.0, *ordered[i]->p * static_cast<double>(ordered.size() - i)));
    ordered[i]->p_holm = most;
  }
}

LimitVerdict JudgeLimit(const Comparison& comparison, double limit) {
  if (!comparison.interval) return LimitVerdict::kInconclusive;
  if (comparison.interval->low > limit) return LimitVerdict::kFails;
  if (comparison.interval->high < limit) return LimitVerdict::kPasses;
  return LimitVerdict::kInconclusive;
}

std::optional<std::size_t> MoreBlocks(const Comparison& comparison, double limit) {
  const double distance = std::abs(std::log(comparison.ratio) - std::log(limit));
  if (!(distance > 0) || !(comparison.log_std > 0)) return std::nullopt;
  constexpr std::size_t kMost = 100'000;
  for (std::size_t n = std::max<std::size_t>(comparison.n, 2); n < kMost; n += 1 + n / 50) {
    const double half = StudentT(static_cast<double>(n - 1)) * comparison.log_std /
                        std::sqrt(static_cast<double>(n));
    if (half < distance) return n > comparison.n ? n - comparison.n : 1;
  }
  return std::nullopt;
}

std::vector<BlockCost> CostsByBlock(const CellResult& cell) {
  std::vector<BlockCost> costs;
  for (const RunCost& run : cell.runs) costs.push_back({run.block, run.wh});
  return costs;
}

}  // namespace permille
