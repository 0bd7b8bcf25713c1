// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "analyse/analyse.h"
#include "analyse/data_table.h"

namespace permille {

/// A quantity over the runs of several cells.
struct Pooled {
  double mean = 0;            ///< over runs; that of the cells' means where all have as many runs
  std::optional<double> std;  ///< sample standard deviation over single runs
  std::optional<double> median;  ///< over single runs
  double min = 0;
  double max = 0;
  std::size_t n = 0;  ///< runs
  /// 95 %, t over repeats: each repeat's mean over the cells counts once.
  std::optional<Interval> repeatability;
  /// k = 2; the cells' own expanded intervals taken as fully correlated.
  std::optional<Interval> expanded;
};

/// What to take from a run and its cell, in the unit to be printed.
struct Quantifier {
  double (*of_run)(const RunCost&);
  const Estimate& (*of_cell)(const CellResult&);  ///< whose expanded interval applies
  double factor = 1;
};
extern const Quantifier kEnergyKwh;
extern const Quantifier kEmissionsGrams;

/// Over the runs of `cells`; n = 0 without any.
Pooled Pool(std::span<const CellResult* const> cells, const Quantifier& quantity);

/// Columns key.mean, .std, .median, .min, .max, .n, .repeatability_ci95, .expanded.
void AddStatsColumns(DataTable& table, const std::string& key, const std::string& title);
/// The values of those columns.
void AddStats(std::vector<DataValue>& row, const Pooled& pooled);

/// An absent number is unknown.
template <class T>
DataValue Maybe(const std::optional<T>& value) {
  if (!value) return std::monostate();
  return DataValue(*value);
}
/// A text; an empty one is unknown.
inline DataValue Word(std::string text) {
  if (text.empty()) return std::monostate();
  return DataValue(std::move(text));
}

/// Cells that pass `wanted`, in order.
std::vector<const CellResult*> Select(const std::vector<CellResult>& cells,
                                      const std::function<bool(const CellResult&)>& wanted);

}  // namespace permille
