// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "power/power.h"

namespace permille {
namespace {

using testing::HasSubstr;

Bytes Gib(double gib) {
  return Bytes(gib * 1024 * 1024 * 1024);
}

double WattsOf(Accounting accounting, double gib, bool arm = false) {
  return RamJoules(accounting, Gib(gib), arm, Seconds(10)).energy.value() / 10;
}

struct Case {
  double gib;
  double watts;
};

// Outputs of CodeCarbon 3.3.0's RAM class, run for these sizes.
TEST(RamWatts, CodeCarbon3MatchesItsOutputs) {
  for (const Case& c :
       {Case{8, 10}, Case{32, 20}, Case{64, 20}, Case{96, 38}, Case{128, 38}, Case{192, 54},
        Case{256, 38}, Case{512, 38}, Case{1024, 38}, Case{1148.738, 42}, Case{2048, 70}}) {
    EXPECT_NEAR(WattsOf(Accounting::kCodeCarbon3, c.gib), c.watts, 1e-9) << c.gib << " GiB";
  }
}

TEST(RamWatts, CodeCarbon3HasEdgesWhereItsDimmCountSteps) {
  for (const Case& c : {Case{1, 10}, Case{2, 10}, Case{16, 10}, Case{16.1, 20}, Case{17, 20},
                        Case{64.1, 38}, Case{129, 42}, Case{8192, 126}}) {
    EXPECT_NEAR(WattsOf(Accounting::kCodeCarbon3, c.gib), c.watts, 1e-9) << c.gib << " GiB";
  }
}

TEST(RamWatts, CodeCarbon3ArmUsesSmallerModulesAndFloor) {
  for (const Case& c : {Case{1, 3}, Case{8, 3}, Case{32, 6}, Case{128, 11.4}, Case{192, 16.2}}) {
    EXPECT_NEAR(WattsOf(Accounting::kCodeCarbon3, c.gib, true), c.watts, 1e-9) << c.gib << " GiB";
  }
}

// ram_total_size and ram_power of the study's logs.
TEST(RamWatts, CodeCarbon231GivesTheStudysConstant) {
  EXPECT_NEAR(WattsOf(Accounting::kCodeCarbon231, 1148.738), 430.77675, 1e-9);
  EXPECT_NEAR(WattsOf(Accounting::kCodeCarbon231, 8), 3, 1e-9);
}

TEST(RamWatts, NativeNeverFallsWithSize) {
  for (const bool arm : {false, true}) {
    double last = 0;
    for (double gib = 0.5; gib <= 8192; gib *= 1.01) {
      const double watts = WattsOf(Accounting::kNative, gib, arm);
      EXPECT_GE(watts, last) << gib << " GiB";
      last = watts;
    }
  }
}

TEST(RamWatts, NativeCountsModules) {
  for (const Case& c :
       {Case{8, 5}, Case{64, 10}, Case{192, 20}, Case{256, 20}, Case{1148.738, 22.5}}) {
    EXPECT_NEAR(WattsOf(Accounting::kNative, c.gib), c.watts, 1e-9) << c.gib << " GiB";
  }
  EXPECT_NEAR(WattsOf(Accounting::kNative, 8, true), 1.5, 1e-9);
  EXPECT_NEAR(WattsOf(Accounting::kNative, 512, true), 20, 1e-9);
}

TEST(RamWatts, EveryRuleIsAssumedAndSaysHow) {
  const ModelledJoules native = RamJoules(Accounting::kNative, Gib(64), false, Seconds(1));
  EXPECT_EQ(native.provenance, Provenance::kAssumed);
  EXPECT_GE(native.standard_uncertainty, 0.5);
  EXPECT_THAT(native.rule, HasSubstr("4 modules x 2.5 W"));
  const ModelledJoules study =
      RamJoules(Accounting::kCodeCarbon231, Gib(1148.738), false, Seconds(1));
  EXPECT_EQ(study.provenance, Provenance::kAssumed);
  // Nineteen times the native watts cannot be within a factor of two.
  EXPECT_GT(study.standard_uncertainty, std::log(19.0));
}

}  // namespace
}  // namespace permille
