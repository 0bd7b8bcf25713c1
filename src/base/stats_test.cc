// SPDX-License-Identifier: Apache-2.0
#include "base/stats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace permille {
namespace {

const std::vector<double> kNone;
const double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Stats, TooFewValuesAreAbsentNeverZero) {
  EXPECT_FALSE(Mean(kNone));
  EXPECT_FALSE(SampleStd(std::vector{1.0}));
  EXPECT_FALSE(Median(kNone));
  EXPECT_FALSE(Quantile(kNone, 0.5));
  EXPECT_FALSE(MeanInterval(std::vector{1.0}));
}

TEST(Stats, AValueThatIsNoNumberMakesTheResultAbsent) {
  const std::vector values = {1.0, kNan, 3.0};
  EXPECT_FALSE(Mean(values));
  EXPECT_FALSE(SampleStd(values));
  EXPECT_FALSE(Quantile(values, 0.5));
  EXPECT_FALSE(MeanInterval(values));
  EXPECT_FALSE(Quantile(std::vector{1.0}, 1.5));
}

TEST(Stats, MeanAndStdOfASmallTable) {
  const std::vector values = {2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0};
  EXPECT_DOUBLE_EQ(*Mean(values), 5);
  EXPECT_DOUBLE_EQ(*SampleStd(values), std::sqrt(32.0 / 7));
}

// NIST Statistical Reference Datasets, NumAcc3 and NumAcc4 (univariate, certified): 1,001 values
// alternating by 0.2 about a large mean; certified mean 1000000.2 and 10000000.2, standard
// deviation 0.1.
TEST(Stats, StdSurvivesALargeMeanAsNistNumAcc) {
  for (const double large : {1000000.0, 10000000.0}) {
    std::vector values = {large + 0.2};
    for (int i = 0; i < 500; ++i) {
      values.push_back(large + 0.1);
      values.push_back(large + 0.3);
    }
    EXPECT_NEAR(*Mean(values), large + 0.2, 1e-9);
    EXPECT_NEAR(*SampleStd(values), 0.1, 1e-8);
  }
}

TEST(Stats, MedianIsTheMiddleOrTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(*Median(std::vector{3.0, 1.0, 2.0}), 2);
  EXPECT_EQ(*Median(std::vector{4.0, 1.0, 2.0, 3.0}), 2.5);
  EXPECT_EQ(*Median(std::vector{7.0}), 7);
}

// numpy.quantile([15, 20, 35, 40, 50], q), default method "linear".
TEST(Stats, QuantileInterpolatesAsNumpy) {
  const std::vector values = {50.0, 15.0, 35.0, 20.0, 40.0};
  EXPECT_DOUBLE_EQ(*Quantile(values, 0), 15);
  EXPECT_DOUBLE_EQ(*Quantile(values, 0.05), 16);
  EXPECT_DOUBLE_EQ(*Quantile(values, 0.4), 29);
  EXPECT_DOUBLE_EQ(*Quantile(values, 0.99), 49.6);
  EXPECT_DOUBLE_EQ(*Quantile(values, 1), 50);
}

struct TCase {
  double degrees, confidence, t;
};

// mpmath 1.3, betainc at 40 digits solved for t; agrees with scipy 1.17.1's stats.t.ppf to 1e-13
// relative, and to all printed digits with the NIST/SEMATECH e-Handbook's table 1.3.6.7.2.
constexpr TCase kStudent[] = {
    {1, 0.5, 1.0},
    {1, 0.95, 12.7062047361746933},
    {1, 0.99, 63.6567411628715244},
    {2, 0.95, 4.30265272974946179},
    {2, 0.999, 31.5990545764436067},
    {3, 0.9, 2.35336343480182412},
    {4, 0.95, 2.77644510519779349},
    {5, 0.99, 4.03214298355522718},
    {9, 0.95, 2.262157162798205},
    {9, 0.999, 4.78091258593113843},
    {10, 0.5, 0.699812061312431627},
    {30, 0.95, 2.04227245630123789},
    {100, 0.95, 1.98397151852355189},
    {1000, 0.99, 2.58075469806595077},
    {99999, 0.95, 1.9599877077718444},
    {100001, 0.95, 1.95998770729737886},
    {1e6, 0.999, 3.29053646124869088},
    {0.5, 0.95, 164.557673480488241},
    {1.5, 0.95, 6.01666310442792825},
    {7.3, 0.99, 3.45103165562218463},
    {42.42, 0.95, 2.01748990647697078},
};

TEST(Stats, StudentTMatchesTheTable) {
  for (const auto& [degrees, confidence, t] : kStudent) {
    EXPECT_NEAR(StudentT(degrees, confidence), t, 1e-9) << degrees << " degrees, " << confidence;
  }
}

TEST(Stats, StudentTHasItsClosedFormsForOneAndTwoDegrees) {
  for (double c = 0.01; c < 0.995; c += 0.01) {
    EXPECT_NEAR(StudentT(1, c), std::tan(std::numbers::pi * c / 2), 1e-9) << c;
    EXPECT_NEAR(StudentT(2, c), c * std::sqrt(2 / (1 - c * c)), 1e-9) << c;
  }
}

TEST(Stats, StudentTFallsTowardsTheNormalWithoutAStep) {
  double before = StudentT(1);
  for (double degrees = 1.25; degrees < 1e8; degrees *= 1.25) {
    const double now = StudentT(degrees);
    EXPECT_LT(now, before) << degrees;
    before = now;
  }
  EXPECT_NEAR(before, 1.959963984540054, 1e-7);
}

TEST(Stats, StudentTOfNonsenseIsNotANumber) {
  EXPECT_TRUE(std::isnan(StudentT(0)));
  EXPECT_TRUE(std::isnan(StudentT(-3)));
  EXPECT_TRUE(std::isnan(StudentT(5, 1)));
  EXPECT_TRUE(std::isnan(StudentT(kNan)));
  EXPECT_EQ(StudentT(5, 0), 0);
}

// scipy 1.17.1, stats.norm.ppf.
TEST(Stats, NormalQuantileMatchesScipy) {
  EXPECT_NEAR(NormalQuantile(1e-300), -37.0470962993612, 1e-9);
  EXPECT_NEAR(NormalQuantile(1e-16), -8.222082216130435, 1e-9);
  EXPECT_NEAR(NormalQuantile(1e-9), -5.9978070150076865, 1e-9);
  EXPECT_NEAR(NormalQuantile(0.001), -3.090232306167813, 1e-9);
  EXPECT_NEAR(NormalQuantile(0.3), -0.5244005127080409, 1e-9);
  EXPECT_NEAR(NormalQuantile(0.5), 0, 1e-9);
  EXPECT_NEAR(NormalQuantile(0.975), 1.959963984540054, 1e-9);
  EXPECT_NEAR(NormalQuantile(0.99999), 4.264890793923841, 1e-9);
  EXPECT_EQ(NormalQuantile(1), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(NormalQuantile(1.5)));
}

TEST(Stats, MeanIntervalIsTTimesTheStandardError) {
  const auto interval = MeanInterval(std::vector{1.0, 2.0, 3.0});
  const double half = 4.30265272974946179 / std::sqrt(3.0);  // t(2, 0.95), s = 1
  EXPECT_NEAR(interval->low, 2 - half, 1e-12);
  EXPECT_NEAR(interval->high, 2 + half, 1e-12);
}

// R.G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine
// 17 (1998), table I, method 3 (Wilson score without continuity correction).
TEST(Stats, WilsonIntervalMatchesNewcombesTable) {
  const auto check = [](std::size_t r, std::size_t n, double low, double high) {
    const Interval interval = WilsonInterval(r, n);
    EXPECT_NEAR(interval.low, low, 5e-5) << r << "/" << n;
    EXPECT_NEAR(interval.high, high, 5e-5) << r << "/" << n;
  };
  check(81, 263, 0.2553, 0.3662);
  check(15, 148, 0.0624, 0.1605);
  check(0, 20, 0, 0.1611);
  check(1, 29, 0.0061, 0.1718);
}

TEST(Stats, WilsonIntervalOfNothingSaysNothing) {
  EXPECT_EQ(WilsonInterval(0, 0).low, 0);
  EXPECT_EQ(WilsonInterval(0, 0).high, 1);
  EXPECT_EQ(WilsonInterval(20, 20).high, 1);
}

}  // namespace
}  // namespace permille
