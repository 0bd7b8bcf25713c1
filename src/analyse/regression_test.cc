// SPDX-License-Identifier: Apache-2.0
#include "analyse/regression.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace permille {
namespace {

// The expected figures: exact arithmetic (Python's fractions) on these six points, the same by
// numpy's lstsq with one column per group.
const std::vector<double> kX = {1, 2, 4, 7, 11, 16};
const std::vector<double> kY = {2.1, 2.9, 6.2, 8.8, 15.1, 19.7};
const std::vector<std::string> kGroups = {"a", "a", "b", "b", "c", "c"};

TEST(Regression, GroupsExplainTheirShareOfTheVariance) {
  EXPECT_NEAR(*GroupR2(kGroups, kY), 0.941545682785722, 1e-12);
}
TEST(Regression, ALineExplainsItsShareOfTheVariance) {
  EXPECT_NEAR(*LineR2(kX, kY), 0.9925986032306303, 1e-12);
}
TEST(Regression, TheSlopeWithinGroupsIsThatOfOneInterceptEach) {
  EXPECT_NEAR(*WithinSlope(kGroups, kX, kY), 0.9028571428571428, 1e-12);
}

TEST(Regression, BetweenGroupsTheSlopeMayGoTheOtherWay) {
  const std::vector<double> x = {1, 2, 11, 12};
  const std::vector<double> y = {8, 9, 1, 2};
  EXPECT_NEAR(*WithinSlope(std::vector<std::string>{"a", "a", "b", "b"}, x, y), 1, 1e-12);
  EXPECT_LT(*WithinSlope(std::vector<std::string>(4), x, y), 0);
}

TEST(Regression, APerfectSplitIsOneAndAUselessOneNothing) {
  EXPECT_NEAR(*GroupR2(std::vector<std::string>{"a", "a", "b"}, std::vector<double>{1, 1, 5}), 1,
              1e-12);
  EXPECT_NEAR(
      *GroupR2(std::vector<std::string>{"a", "b", "a", "b"}, std::vector<double>{1, 1, 5, 5}), 0,
      1e-12);
}

TEST(Regression, TooLittleToTellIsAbsent) {
  const std::vector<std::string> one = {"a", "a", "a"};
  EXPECT_FALSE(GroupR2(one, std::vector<double>{1, 2, 3}));
  EXPECT_FALSE(GroupR2(std::vector<std::string>{"a", "b"}, std::vector<double>{1, 2}));
  EXPECT_FALSE(GroupR2(std::vector<std::string>{"a", "b", "b"}, std::vector<double>{2, 2, 2}));
  EXPECT_FALSE(GroupR2(one, std::vector<double>{1, 2}));
  EXPECT_FALSE(LineR2(std::vector<double>{1, 1, 1}, std::vector<double>{1, 2, 3}));
  EXPECT_FALSE(LineR2(std::vector<double>{1, 2, 3}, std::vector<double>{4, 4, 4}));
  EXPECT_FALSE(LineR2(std::vector<double>{1, 2}, std::vector<double>{1, 2}));
  EXPECT_FALSE(LineR2({}, {}));
  EXPECT_FALSE(GroupR2({}, {}));
  // x varies between the groups alone.
  EXPECT_FALSE(WithinSlope(std::vector<std::string>{"a", "a", "b", "b"},
                           std::vector<double>{1, 1, 2, 2}, std::vector<double>{1, 2, 3, 4}));
  EXPECT_FALSE(WithinSlope({}, {}, {}));
}

}  // namespace
}  // namespace permille
