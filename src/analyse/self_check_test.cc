// SPDX-License-Identifier: Apache-2.0
#include "analyse/self_check.h"

#include <random>

#include "analyse/study_cells_test.h"

namespace permille {
namespace {

/// Cells of one session: ten blocks of which each is dearer than the one before, and noise.
StudyInput Drifting(int cells, std::size_t repeats) {
  std::mt19937_64 random(20231002);
  std::normal_distribution<double> noise(0, 0.002);
  std::vector<double> mood;
  for (std::size_t block = 0; block < repeats; ++block)
    mood.push_back(0.01 * static_cast<double>(block));
  std::vector<CellResult> made;
  for (int cell = 0; cell < cells; ++cell) {
    std::vector<double> wh;
    for (std::size_t block = 0; block < repeats; ++block)
      wh.push_back(std::exp(cell % 5 + mood[block] + noise(random)));
    made.push_back(MadeCell({"text-classification", "sst2", "m" + std::to_string(cell)}, wh));
  }
  return MadeStudy(std::move(made));
}

TEST(SelfCheck, PairingByBlockHoldsWhereTheNodeDrifts) {
  const DataTable table = SelfCheck(Drifting(40, 10));
  ASSERT_EQ(table.rows.size(), 2u);
  const auto* paired = RowOf(table, "method", "paired by block");
  const auto* welch = RowOf(table, "method", "Welch");
  EXPECT_EQ(NumberAt(table, paired, "cells"), 40);
  EXPECT_GE(NumberAt(table, paired, "holds_percent"), 85);  // 95 % less three standard deviations
  EXPECT_EQ(NumberAt(table, welch, "holds_percent"), 0);    // 5 % of drift against 0.2 % of noise
  for (const auto* row : {paired, welch})
    EXPECT_EQ(NumberAt(table, row, "holds_percent") + NumberAt(table, row, "alarms_percent"), 100);
}

TEST(SelfCheck, CellsOfFewerThanFourRepeatsSayNothing) {
  EXPECT_TRUE(SelfCheck(Drifting(5, 3)).rows.empty());
  EXPECT_TRUE(SelfCheck(Drifting(0, 0)).rows.empty());
}

TEST(SelfCheck, CellsThatCostNothingAreLeftOut) {
  StudyInput study = Drifting(20, 10);
  const DataTable without = SelfCheck(study);
  study.cells.push_back(MadeCell({"text-classification", "sst2", "zero"}, std::vector<double>(10)));
  const DataTable table = SelfCheck(study);
  for (const char* method : {"paired by block", "Welch"}) {
    const auto* row = RowOf(table, "method", method);
    EXPECT_EQ(NumberAt(table, row, "cells"), 20);
    EXPECT_EQ(NumberAt(table, row, "holds_percent"),
              NumberAt(without, RowOf(without, "method", method), "holds_percent"));
  }
}

}  // namespace
}  // namespace permille
