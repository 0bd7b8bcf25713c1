// SPDX-License-Identifier: Apache-2.0
#include "run/cell_budget.h"

#include <gtest/gtest.h>

namespace permille {
namespace {

TEST(CellBudget, RepeatsShareWhatIdleWindowsLeave) {
  // 25 s, of which the first repeat idles 4: the other 21 are for three repeats alike.
  EXPECT_DOUBLE_EQ(NextShare(Seconds(25), Seconds(0), 3, Seconds(4)).value(), 4 + 7);
}
TEST(CellBudget, WhatOneRepeatLeftIsTheOthers) {
  EXPECT_DOUBLE_EQ(NextShare(Seconds(25), Seconds(5), 2, Seconds(0)).value(), 10);
}
TEST(CellBudget, ASpentBudgetLeavesTheIdleWindowsAlone) {
  EXPECT_DOUBLE_EQ(NextShare(Seconds(25), Seconds(60), 1, Seconds(4)).value(), 4);
}
TEST(CellBudget, AnotherRepeatMustFitNearlyWhole) {
  EXPECT_TRUE(AnotherFits(Seconds(25), Seconds(15), Seconds(10)));
  EXPECT_TRUE(AnotherFits(Seconds(25), Seconds(15.5), Seconds(10)));
  EXPECT_FALSE(AnotherFits(Seconds(25), Seconds(16.5), Seconds(10)));
}
TEST(CellBudget, NothingFitsIntoASpentBudget) {
  EXPECT_FALSE(AnotherFits(Seconds(25), Seconds(25), Seconds(0)));
}

}  // namespace
}  // namespace permille
