// SPDX-License-Identifier: Apache-2.0
#include "analyse/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace permille {
namespace {

std::vector<BlockCost> Costs(std::initializer_list<double> values, int first_block = 0) {
  std::vector<BlockCost> costs;
  for (const double value : values) costs.push_back({first_block++, value});
  return costs;
}

TEST(Comparison, WhatBothShareInABlockCancels) {
  // The node doubles its draw half-way; b is 10 % dearer throughout.
  const auto a = Costs({1, 1.001, 2, 2.002});
  const auto b = Costs({1.1, 1.1, 2.2, 2.2});
  const auto paired = Compare(a, b);
  ASSERT_TRUE(paired);
  EXPECT_EQ(paired->method, "paired by block");
  EXPECT_NEAR(paired->ratio, 1.1, 1e-3);
  EXPECT_GT(paired->interval->low, 1.09);
  EXPECT_LT(paired->interval->high, 1.11);
  EXPECT_LT(*paired->p, 1e-5);
  // In blocks apart the same figures prove nothing.
  const auto welch = Compare(a, Costs({1.1, 1.1, 2.2, 2.2}, 100));
  ASSERT_TRUE(welch);
  EXPECT_EQ(welch->method, "Welch");
  EXPECT_LT(welch->interval->low, 1);
  EXPECT_GT(welch->interval->high, 1);
}

// Five differences: t = 1.6219 with 4 degrees; p by numerical integration of the density.
TEST(Comparison, PIsThatOfTheTTest) {
  std::vector<BlockCost> a;
  std::vector<BlockCost> b;
  const double differences[] = {0.1, 0.3, -0.1, 0.2, 0.05};
  for (int i = 0; i < 5; ++i) {
    a.push_back({i, 1});
    b.push_back({i, std::exp(differences[i])});
  }
  const auto result = Compare(a, b);
  ASSERT_TRUE(result);
  const double t = 0.11 / (0.15165750888103101 / std::sqrt(5.0));
  EXPECT_NEAR(t, 1.6219, 1e-3);
  EXPECT_NEAR(*result->p, 0.18015, 1e-5);
  EXPECT_NEAR(std::log(result->interval->high / result->ratio), 2.776445 * 0.067823, 1e-4);
}

TEST(Comparison, NothingToCompareIsAbsent) {
  EXPECT_FALSE(Compare({}, Costs({1, 2})));
  EXPECT_FALSE(Compare(Costs({1, 0}), Costs({1, 2})));
  const auto single = Compare(Costs({1}), Costs({2}));
  ASSERT_TRUE(single);
  EXPECT_FALSE(single->interval);
  EXPECT_EQ(single->ratio, 2);
}

// Holm (1979): p sorted times m, m - 1, ..., never decreasing.
TEST(Comparison, HolmCorrectsForAllComparisonsMadeTogether) {
  std::vector<Comparison> all(4);
  all[0].p = 0.01, all[1].p = 0.04, all[2].p = 0.03, all[3].p = 0.005;
  CorrectByHolm(all);
  EXPECT_DOUBLE_EQ(*all[3].p_holm, 0.02);
  EXPECT_DOUBLE_EQ(*all[0].p_holm, 0.03);
  EXPECT_DOUBLE_EQ(*all[2].p_holm, 0.06);
  EXPECT_DOUBLE_EQ(*all[1].p_holm, 0.06);
}

TEST(Comparison, ALimitIsPassedFailedOrUndecidedByTheWholeInterval) {
  Comparison comparison;
  comparison.interval = Interval{1.06, 1.09};
  EXPECT_EQ(JudgeLimit(comparison, 1.05), LimitVerdict::kFails);
  EXPECT_EQ(JudgeLimit(comparison, 1.10), LimitVerdict::kPasses);
  EXPECT_EQ(JudgeLimit(comparison, 1.07), LimitVerdict::kInconclusive);
  comparison.interval.reset();
  EXPECT_EQ(JudgeLimit(comparison, 1.05), LimitVerdict::kInconclusive);
}

TEST(Comparison, MoreBlocksDecideWhatScatterHides) {
  Comparison comparison;
  comparison.ratio = 1.02;
  comparison.log_std = 0.04;
  comparison.n = 5;
  const auto more = MoreBlocks(comparison, 1.05);
  ASSERT_TRUE(more);
  // (1.97 x 0.04 / 0.029)^2 is 7.4; with t of so few degrees about 10 blocks in all.
  EXPECT_GE(*more, 3u);
  EXPECT_LE(*more, 8u);
  comparison.ratio = 1.05;
  EXPECT_FALSE(MoreBlocks(comparison, 1.05));
}

CellResult Cell(const std::vector<BlockCost>& costs) {
  CellResult cell;
  for (const BlockCost& cost : costs) {
    RunCost run;
    run.block = cost.block;
    run.wh = cost.cost;
    cell.runs.push_back(run);
  }
  return cell;
}

TEST(Comparison, HalvesOfACellAgreeOnceItsBlocksAreTakenOff) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise(0, 0.01);
  int holds = 0;
  int alarms = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<CellResult> cells;
    std::vector<double> drift;
    for (int block = 0; block < 10; ++block) drift.push_back(0.005 * block + noise(random));
    for (int cell = 0; cell < 8; ++cell) {
      std::vector<BlockCost> costs;
      for (int block = 0; block < 10; ++block)
        costs.push_back({block, std::exp(cell + drift[block] + noise(random))});
      cells.push_back(Cell(costs));
    }
    std::vector<const CellResult*> all;
    for (const CellResult& cell : cells) all.push_back(&cell);
    const auto halves = CompareHalves(cells[0], BlockEffects(all, &cells[0]));
    ASSERT_TRUE(halves);
    holds += halves->interval->low <= 1 && 1 <= halves->interval->high;
    const auto plain = CompareHalves(cells[0], {});
    alarms += plain->interval->low > 1 || plain->interval->high < 1;
  }
  // 95 % of 400, four standard deviations either side.
  EXPECT_GE(holds, 363);
  EXPECT_LE(holds, 397);
  EXPECT_GT(alarms, 60);  // the drift is there to be seen
}

}  // namespace
}  // namespace permille
