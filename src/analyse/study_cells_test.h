// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "analyse/cell_energy.h"
#include "analyse/study_tables.h"

// Small studies made of cells whose figures are known. For tests of what a study's tables, claims
// and parity are computed from.

namespace permille {

constexpr double kTestGramsPerKwh = 500;

/// Which cell, in the fewest words.
struct CellName {
  std::string task;
  std::string dataset;
  std::string model;
  std::string purpose = "task-specific";
};

/// A cell of runs of so many Wh per 1,000 queries, one a block; whatever the attribution.
inline CellResult MadeCell(const CellName& name, const std::vector<double>& wh) {
  CellResult cell;
  cell.cell.task = name.task;
  cell.cell.dataset = name.dataset;
  cell.cell.model = name.model;
  cell.cell.engine = "imported";
  cell.cell.key = name.task + "/" + name.dataset + "/" + name.model;
  cell.purpose = name.purpose;
  cell.queries = 1000;
  cell.repeats = wh.size();
  std::vector<double> grams;
  for (const double value : wh) {
    RunCost run;
    run.block = static_cast<int>(cell.runs.size());
    run.wh = value;
    run.grams = value / 1000 * kTestGramsPerKwh;
    run.machine_wh = run.device_wh = run.marginal_wh = value;
    cell.runs.push_back(run);
    grams.push_back(run.grams);
  }
  cell.energy_wh = MakeEstimate(wh, {});
  cell.emissions_g = MakeEstimate(grams, {});
  return cell;
}

/// The cells as a study: the catalog's tasks, the paper's layout, nothing imported.
inline StudyInput MadeStudy(std::vector<CellResult> cells) {
  StudyInput study;
  study.cells = std::move(cells);
  const auto tasks = LoadTasks();
  EXPECT_TRUE(tasks) << tasks.error().message;
  study.tasks = *tasks;
  const auto layout = LoadStudyLayout();
  EXPECT_TRUE(layout) << layout.error().message;
  study.layout = *layout;
  return study;
}

/// The row whose cell in column `key` is `value`; a test failure and null without one.
inline const std::vector<DataValue>* RowOf(const DataTable& table, std::string_view key,
                                           const std::string& value) {
  const std::size_t at = FindColumn(table, key);
  if (at < table.columns.size()) {
    for (const auto& row : table.rows) {
      const auto* text = std::get_if<std::string>(&row[at]);
      if (text != nullptr && *text == value) return &row;
    }
  }
  ADD_FAILURE() << table.id << ": no row whose " << key << " is " << value;
  return nullptr;
}

/// The value in the column `name` of a row; monostate and a test failure without the column.
inline DataValue At(const DataTable& table, const std::vector<DataValue>* row,
                    std::string_view name) {
  const std::size_t at = FindColumn(table, name);
  EXPECT_LT(at, table.columns.size()) << table.id << " has no column " << name;
  if (row == nullptr || at >= row->size()) return {};
  return (*row)[at];
}

/// The same as a number; NaN for anything else.
inline double NumberAt(const DataTable& table, const std::vector<DataValue>* row,
                       std::string_view name) {
  const DataValue value = At(table, row, name);
  const double* number = std::get_if<double>(&value);
  return number == nullptr ? std::nan("") : *number;
}

/// The same as text; empty for anything else.
inline std::string TextAt(const DataTable& table, const std::vector<DataValue>* row,
                          std::string_view name) {
  const DataValue value = At(table, row, name);
  const std::string* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string() : *text;
}

}  // namespace permille
