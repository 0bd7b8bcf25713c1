// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace permille {
namespace {

Result<std::unique_ptr<int>> Positive(int value) {
  if (value <= 0) return Fail(ErrorCode::kInvalid, "value {}: must be positive", value);
  return std::make_unique<int>(value);
}

Result<int> Twice(int value) {
  PERMILLE_ASSIGN(const auto number, Positive(value));
  return 2 * *number;
}

Result<void> Check(int value, int& reached) {
  PERMILLE_TRY(Positive(value));
  reached = value;
  return {};
}

TEST(Result, AssignTakesTheValueOutEvenIfItOnlyMoves) {
  EXPECT_EQ(Twice(4).value(), 8);
}

TEST(Result, AssignPassesTheErrorOnUnchanged) {
  const auto result = Twice(-1);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(result.error().message, "value -1: must be positive");
}

TEST(Result, TryStopsAtTheFirstFailure) {
  int reached = 0;
  EXPECT_FALSE(Check(0, reached));
  EXPECT_EQ(reached, 0);
  EXPECT_TRUE(Check(7, reached));
  EXPECT_EQ(reached, 7);
}

}  // namespace
}  // namespace permille
