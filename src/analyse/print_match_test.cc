// SPDX-License-Identifier: Apache-2.0
#include "analyse/print_match.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace permille {
namespace {

struct MatchCase {
  const char* printed;
  double value;
  const char* match;
};

TEST(PrintMatch, SaysWhetherANumberPrintsSoRoundedOrTruncated) {
  const MatchCase cases[] = {
      {"0.0068", 0.00681, "exact"},     {"0.0068", 0.00675, "rounded"},
      {"0.0068", 0.00689, "truncated"}, {"0.0068", 0.0069, "mismatch"},
      {"0.0068", 0.00674, "mismatch"},  {"16", 16.6, "truncated"},
      {"17", 16.6, "rounded"},          {"51,686", 51686.4, "exact"},
      {"51,686", 51687.2, "mismatch"},  {"1,594.30", 1594.299, "rounded"},
      {"1.0e-4", 1.04256e-4, "exact"},  {"1.0e-4", 1.05e-4, "truncated"},
      {"1.0E-4", 1.11e-4, "mismatch"},  {"2.5e3", 2549, "exact"},
      {"2.5e3", 2551, "truncated"},     {"-1.2", -1.24, "exact"},
      {"-1.2", -1.29, "truncated"},     {"0", 0.4, "exact"},
      {"0.00", 0.004, "exact"},         {"0", -0.4, "exact"},
      {"0.00", 0.006, "truncated"},
  };
  for (const MatchCase& one : cases) {
    const auto match = MatchPrinted(one.printed, one.value);
    ASSERT_TRUE(match) << one.printed;
    EXPECT_EQ(Name(*match), one.match) << one.printed << " against " << one.value;
  }
}

// 0.995 is a double a little below it, 1.005 one too: both are ties on paper.
TEST(PrintMatch, ATieThatADoubleCannotHoldIsRoundedUp) {
  EXPECT_EQ(MatchPrinted("1.00", 0.995), PrintMatch::kRounded);
  EXPECT_EQ(MatchPrinted("1.01", 1.005), PrintMatch::kRounded);
  EXPECT_EQ(MatchPrinted("0.29", 0.29), PrintMatch::kExact);  // 0.29 x 100 = 28.999999999999996
}

TEST(PrintMatch, WhatIsNoNumberMatchesNothing) {
  for (const char* printed : {"", "about 10", "10 %", "1.2.3", "n/a", "e-4"})
    EXPECT_FALSE(MatchPrinted(printed, 10)) << printed;
  EXPECT_FALSE(MatchPrinted("1", std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(MatchPrinted("1", std::numeric_limits<double>::infinity()));
}

TEST(PrintMatch, ReadsWhatWasPrinted) {
  EXPECT_EQ(PrintedNumber("592,570,000"), 592570000.0);
  EXPECT_EQ(PrintedNumber("1.0e-4"), 1e-4);
  EXPECT_FALSE(PrintedNumber("-"));
}

TEST(PrintMatch, WithDecimalsRoundsHalfUp) {
  EXPECT_DOUBLE_EQ(WithDecimals(0.00229221, 3), 0.002);
  EXPECT_DOUBLE_EQ(WithDecimals(0.0025, 3), 0.003);
  EXPECT_DOUBLE_EQ(WithDecimals(2.90718, 1), 2.9);
}

}  // namespace
}  // namespace permille
