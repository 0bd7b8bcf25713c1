// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/stats.h"

namespace permille {

/// One cell of a DataTable. std::monostate: unknown, which is printed as nothing and never as 0.
using DataValue =
    std::variant<std::monostate, double, std::string, bool, Interval, std::vector<std::string>>;

/// A column: where its value stands in the JSON object of a row, and how people read it.
struct DataColumn {
  std::vector<std::string> path;  ///< {"energy_kwh", "mean"}; one element for a plain key
  std::string title;              ///< "energy, kWh"; empty: the path joined by dots
};

/// Numbers as data: the one shape of every table, figure and list of claims, whatever prints it.
struct DataTable {
  std::string id;       ///< "table-2", "figure-3", "claims", "cells": unique in a report
  std::string title;    ///< "Table 2: energy of 1,000 queries by task"
  std::string caption;  ///< what a reader must know: units, rules, what was left out
  std::vector<DataColumn> columns;
  std::vector<std::vector<DataValue>> rows;  ///< each as long as `columns`
};

/// A column whose key is its title too.
inline DataColumn PlainColumn(std::string key) {
  return {{std::move(key)}, {}};
}
/// The path joined by dots: the name of a column in CSV.
std::string ColumnName(const DataColumn& column);
/// The index of the column of that name, or the number of columns.
std::size_t FindColumn(const DataTable& table, std::string_view name);

}  // namespace permille
