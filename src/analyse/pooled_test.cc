// SPDX-License-Identifier: Apache-2.0
#include "analyse/pooled.h"

#include <cmath>

#include "analyse/study_cells_test.h"

namespace permille {
namespace {

std::vector<const CellResult*> All(const std::vector<CellResult>& cells) {
  return Select(cells, [](const CellResult&) { return true; });
}

CellResult Costing(const std::vector<double>& wh) {
  return MadeCell({"t", "d", "m"}, wh);
}

// Runs of 1, 2, 3 and 10, 20, 30 Wh. Mean 11; sample standard deviation sqrt(688 / 5).
TEST(Pooled, StatisticsAreOverSingleRuns) {
  const std::vector<CellResult> cells = {Costing({1, 2, 3}), Costing({10, 20, 30})};
  const Pooled pooled = Pool(All(cells), kEnergyKwh);
  EXPECT_EQ(pooled.n, 6u);
  EXPECT_DOUBLE_EQ(pooled.mean, 0.011);
  EXPECT_DOUBLE_EQ(*pooled.std, std::sqrt(688.0 / 5) / 1000);
  EXPECT_DOUBLE_EQ(*pooled.median, 0.0065);
  EXPECT_DOUBLE_EQ(pooled.min, 0.001);
  EXPECT_DOUBLE_EQ(pooled.max, 0.03);
  EXPECT_DOUBLE_EQ(Pool(All(cells), kEmissionsGrams).mean, 0.011 * kTestGramsPerKwh);
}

// Each repeat's mean over the cells: 5.5, 11, 16.5 Wh; t of two degrees is 4.302653.
TEST(Pooled, RepeatabilityCountsARepeatOnceHoweverManyCellsItHas) {
  const std::vector<CellResult> cells = {Costing({1, 2, 3}), Costing({10, 20, 30})};
  const Pooled pooled = Pool(All(cells), kEnergyKwh);
  ASSERT_TRUE(pooled.repeatability);
  const double half = 4.302652729911275 * 5.5e-3 / std::sqrt(3.0);
  EXPECT_NEAR(pooled.repeatability->low, 0.011 - half, 1e-9);
  EXPECT_NEAR(pooled.repeatability->high, 0.011 + half, 1e-9);
}

TEST(Pooled, RepeatsThatNotAllCellsHaveSayNothingOfRepeatability) {
  const std::vector<CellResult> cells = {Costing({1, 2, 3}), Costing({10})};
  const Pooled pooled = Pool(All(cells), kEnergyKwh);
  EXPECT_EQ(pooled.n, 4u);
  EXPECT_FALSE(pooled.repeatability);
  EXPECT_FALSE(pooled.expanded);  // one of them has none
}

// Two cells of the same relative interval: what they share does not average out.
TEST(Pooled, ExpandedIntervalsOfCellsCountAsFullyCorrelated) {
  std::vector<CellResult> cells = {Costing({1, 1.1}), Costing({10, 11})};
  cells[0].energy_wh.expanded = Interval{cells[0].energy_wh.mean / 2, cells[0].energy_wh.mean * 2};
  cells[1].energy_wh.expanded = Interval{cells[1].energy_wh.mean / 2, cells[1].energy_wh.mean * 2};
  const Pooled pooled = Pool(All(cells), kEnergyKwh);
  ASSERT_TRUE(pooled.expanded);
  EXPECT_NEAR(pooled.expanded->low, pooled.mean / 2, 1e-12);
  EXPECT_NEAR(pooled.expanded->high, pooled.mean * 2, 1e-12);
}

TEST(Pooled, OfNoCellsNothingIsKnown) {
  const Pooled pooled = Pool({}, kEnergyKwh);
  EXPECT_EQ(pooled.n, 0u);
  std::vector<DataValue> row;
  AddStats(row, pooled);
  DataTable table;
  AddStatsColumns(table, "energy_kwh", "energy, kWh");
  ASSERT_EQ(row.size(), table.columns.size());
  for (const DataValue& value : row) EXPECT_TRUE(std::holds_alternative<std::monostate>(value));
}

TEST(Pooled, ColumnsAndValuesStandInTheSameOrder) {
  const std::vector<CellResult> cells = {Costing({1, 2, 4})};
  DataTable table;
  AddStatsColumns(table, "energy_kwh", "energy, kWh");
  table.rows.emplace_back();
  AddStats(table.rows[0], Pool(All(cells), kEnergyKwh));
  ASSERT_EQ(table.rows[0].size(), table.columns.size());
  EXPECT_DOUBLE_EQ(NumberAt(table, &table.rows[0], "energy_kwh.median"), 0.002);
  EXPECT_DOUBLE_EQ(NumberAt(table, &table.rows[0], "energy_kwh.max"), 0.004);
  EXPECT_DOUBLE_EQ(NumberAt(table, &table.rows[0], "energy_kwh.n"), 3);
}

}  // namespace
}  // namespace permille
