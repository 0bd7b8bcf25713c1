// SPDX-License-Identifier: Apache-2.0
// Nothing changed between a cell's first five repeats and its last five: how often do we say so?

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include "analyse/comparison.h"
#include "exchange/codecarbon.h"

namespace permille {
namespace {

TEST(PaperComparison, PairingByBlockKeepsItsPromiseWhereWelchDoesNot) {
  const std::string logs = PERMILLE_SOURCE_DIR "/../shared/paper/logs";
  if (!std::filesystem::exists(logs)) GTEST_SKIP() << "the study's logs are not here: " << logs;
  const auto import = ReadCodeCarbon(logs, *LoadStudyLayout(), {});
  ASSERT_TRUE(import) << import.error().message;
  const auto cells = AnalyseRuns(import->runs, {});
  ASSERT_TRUE(cells) << cells.error().message;
  // Blocks are numbered over all files, so the cells of one file are those that share them.
  std::map<int, std::vector<const CellResult*>> in_block;
  for (const CellResult& cell : *cells) {
    if (cell.cell.variant == "unlisted") continue;
    for (const RunCost& run : cell.runs) in_block[run.block].push_back(&cell);
  }
  int total = 0;
  int holds = 0;
  int alarms = 0;
  for (const CellResult& cell : *cells) {
    if (cell.cell.variant == "unlisted") continue;
    const auto halves = CompareHalves(cell, BlockEffects(in_block[cell.runs.front().block], &cell));
    ASSERT_TRUE(halves) << cell.cell.model;
    ++total;
    holds += halves->interval->low <= 1 && 1 <= halves->interval->high ? 1 : 0;
    std::vector<BlockCost> first = CostsByBlock(cell);
    std::ranges::stable_sort(first, {}, &BlockCost::block);
    const std::vector<BlockCost> last(first.begin() + 5, first.end());
    first.resize(5);
    const auto welch = Compare(first, last);
    ASSERT_TRUE(welch);
    EXPECT_EQ(welch->method, "Welch");
    alarms += welch->interval->low > 1 || welch->interval->high < 1 ? 1 : 0;
  }
  const double held = 100.0 * holds / total;
  const double alarmed = 100.0 * alarms / total;
  std::printf("A/A on %d cells: paired by block holds 1 in %.1f %%, Welch alarms in %.1f %%\n",
              total, held, alarmed);
  EXPECT_EQ(total, 417);
  EXPECT_GE(held, 93);
  EXPECT_LE(held, 97);
  EXPECT_GT(alarmed, 8);
}

}  // namespace
}  // namespace permille
