// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyse/data_table.h"

namespace permille {

/// The rows of a figure's table by column name; a column that is not there is unknown in every row.
class FigureRows {
 public:
  explicit FigureRows(const DataTable& table);

  std::size_t size() const { return table_.rows.size(); }
  /// Empty when unknown.
  std::string Text(std::size_t row, std::string_view name) const;
  /// Absent when unknown or not finite. A quantity given as statistics is read by its mean.
  std::optional<double> Number(std::size_t row, std::string_view name) const;
  std::optional<Interval> Range(std::size_t row, std::string_view name) const;
  /// Whether a truth value is known and false.
  bool Denied(std::size_t row, std::string_view name) const;
  /// Whether any row knows the number.
  bool Any(std::string_view name) const;
  /// The different texts of a column, in order of appearance.
  std::vector<std::string> Distinct(std::string_view name) const;

 private:
  const DataValue* Value(std::size_t row, std::string_view name) const;

  const DataTable& table_;
  std::map<std::string, std::size_t, std::less<>> columns_;
};

/// Which interval of a quantity a figure draws: the first kind that any row has.
struct ErrorBars {
  std::string column;  ///< empty: none; ends in "std": mean +/- that
  std::string note;    ///< what a reader must know of them
};
ErrorBars FindErrorBars(const FigureRows& rows, std::string_view quantity);
std::optional<Interval> ErrorBar(const FigureRows& rows, const ErrorBars& bars, std::size_t row,
                                 std::optional<double> mean);

}  // namespace permille
