// SPDX-License-Identifier: Apache-2.0
#include "analyse/pooled.h"

#include <algorithm>
#include <cmath>

namespace permille {

const Quantifier kEnergyKwh = {
    [](const RunCost& run) { return run.wh; },
    [](const CellResult& cell) -> const Estimate& { return cell.energy_wh; }, 1e-3};
const Quantifier kEmissionsGrams = {
    [](const RunCost& run) { return run.grams; },
    [](const CellResult& cell) -> const Estimate& { return cell.emissions_g; }, 1};

namespace {

// Long double: sums over thousands of runs then agree with any order of adding to 1e-15.
double MeanOf(std::span<const double> values) {
  long double sum = 0;
  for (const double value : values) sum += value;
  return static_cast<double>(sum / static_cast<long double>(values.size()));
}

/// Each repeat's mean over the cells that have it; only repeats that all cells have are comparable.
std::vector<double> RepeatMeans(std::span<const CellResult* const> cells,
                                const Quantifier& quantity) {
  std::size_t repeats = cells.front()->runs.size();
  for (const CellResult* cell : cells) repeats = std::min(repeats, cell->runs.size());
  std::vector<double> means;
  for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
    std::vector<double> values;
    for (const CellResult* cell : cells)
      values.push_back(quantity.of_run(cell->runs[repeat]) * quantity.factor);
    means.push_back(MeanOf(values));
  }
  return means;
}

/// The mean's expanded interval from those of the cells: logarithms of both sides, weighted.
std::optional<Interval> CombinedExpanded(std::span<const CellResult* const> cells,
                                         const Quantifier& quantity, double mean) {
  double low = 0;
  double high = 0;
  double weights = 0;
  for (const CellResult* cell : cells) {
    const Estimate& estimate = quantity.of_cell(*cell);
    if (!estimate.expanded || estimate.mean <= 0 || estimate.expanded->low <= 0)
      return std::nullopt;
    weights += estimate.mean;
    low += estimate.mean * std::log(estimate.expanded->low / estimate.mean);
    high += estimate.mean * std::log(estimate.expanded->high / estimate.mean);
  }
  if (weights <= 0 || mean <= 0) return std::nullopt;
  return Interval{mean * std::exp(low / weights), mean * std::exp(high / weights)};
}

}  // namespace

Pooled Pool(std::span<const CellResult* const> cells, const Quantifier& quantity) {
  Pooled out;
  std::vector<double> values;
  for (const CellResult* cell : cells) {
    for (const RunCost& run : cell->runs) values.push_back(quantity.of_run(run) * quantity.factor);
  }
  out.n = values.size();
  if (values.empty()) return out;
  out.mean = MeanOf(values);
  out.std = SampleStd(values);
  out.median = Median(values);
  const auto [low, high] = std::ranges::minmax(values);
  out.min = low;
  out.max = high;
  out.repeatability = MeanInterval(RepeatMeans(cells, quantity));
  out.expanded = CombinedExpanded(cells, quantity, out.mean);
  return out;
}

void AddStatsColumns(DataTable& table, const std::string& key, const std::string& title) {
  table.columns.push_back({{key, "mean"}, title});
  table.columns.push_back({{key, "std"}, "std"});
  for (const char* part : {"median", "min", "max", "n"})
    table.columns.push_back({{key, part}, part});
  table.columns.push_back({{key, "repeatability_ci95"}, "repeatability (95 %)"});
  table.columns.push_back({{key, "expanded"}, "expanded (k = 2)"});
}

void AddStats(std::vector<DataValue>& row, const Pooled& pooled) {
  if (pooled.n == 0) {
    row.insert(row.end(), 8, std::monostate());
    return;
  }
  row.push_back(pooled.mean);
  row.push_back(Maybe(pooled.std));
  row.push_back(Maybe(pooled.median));
  row.push_back(pooled.min);
  row.push_back(pooled.max);
  row.push_back(static_cast<double>(pooled.n));
  row.push_back(Maybe(pooled.repeatability));
  row.push_back(Maybe(pooled.expanded));
}

std::vector<const CellResult*> Select(const std::vector<CellResult>& cells,
                                      const std::function<bool(const CellResult&)>& wanted) {
  std::vector<const CellResult*> out;
  for (const CellResult& cell : cells) {
    if (wanted(cell)) out.push_back(&cell);
  }
  return out;
}

}  // namespace permille
