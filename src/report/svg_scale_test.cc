// SPDX-License-Identifier: Apache-2.0
#include "report/svg_scale.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace permille {
namespace {

using testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Scale LogOver(std::vector<double> values, std::vector<Interval> bars = {}) {
  return Scale::Over(true, values, bars);
}
Scale LinearOver(std::vector<double> values, std::vector<Interval> bars = {}) {
  return Scale::Over(false, values, bars);
}

std::vector<std::string> Labels(const Scale& scale, TickStyle style = TickStyle::kPlain,
                                int most = 8) {
  std::vector<std::string> labels;
  for (const Tick& tick : scale.Ticks(style, most)) {
    if (!tick.label.empty()) labels.push_back(tick.label);
  }
  return labels;
}

TEST(Scale, DecadesAreLabelledAndTheStepsBetweenTicked) {
  const Scale scale = LogOver({0.1, 1000});
  EXPECT_THAT(Labels(scale), ElementsAre("0.1", "1", "10", "100", "1,000"));
  const auto ticks = scale.Ticks(TickStyle::kPlain);
  EXPECT_GT(ticks.size(), 36U);  // four decades of nine steps
  EXPECT_TRUE(std::ranges::is_sorted(ticks, {}, &Tick::value));
}

TEST(Scale, FewDecadesGetTwosAndFives) {
  EXPECT_THAT(Labels(LogOver({1.5, 12})), ElementsAre("2", "5", "10"));
}

TEST(Scale, ManyDecadesAreThinned) {
  const Scale scale = LogOver({1e-300, 1e300});
  const auto labels = Labels(scale);
  EXPECT_GE(labels.size(), 3U);
  EXPECT_LE(labels.size(), 9U);
  EXPECT_LE(scale.Ticks(TickStyle::kPlain).size(), 9U);
}

TEST(Scale, EqualRatiosAreEqualDistances) {
  Scale scale = LogOver({1, 1e4});
  scale.Place(0, 600);
  EXPECT_NEAR(scale.At(10) - scale.At(1), scale.At(1000) - scale.At(100), 1e-9);
  scale.Place(300, 0);  // upwards on paper
  EXPECT_GT(scale.At(1), scale.At(10));
}

TEST(Scale, ValuesOutsideAreHeldAtTheEdge) {
  Scale scale = LinearOver({0, 10});
  scale.Place(0, 100);
  EXPECT_DOUBLE_EQ(scale.At(1e9), 100);
  EXPECT_DOUBLE_EQ(scale.At(-1e9), 0);
}

TEST(Scale, LogarithmicAxisShowsOnlyPositiveNumbers) {
  const Scale scale = LogOver({1, 10});
  for (const double value : {0.0, -1.0, -kInfinity, kInfinity, std::nan("")})
    EXPECT_FALSE(scale.Shows(value)) << value;
  EXPECT_TRUE(scale.Shows(1e-300));
  EXPECT_TRUE(LinearOver({0, 1}).Shows(-3));
}

TEST(Scale, NothingToShowStillMakesAnAxis) {
  for (const Scale& scale :
       {LogOver({}), LogOver({0, -1, kInfinity}), LinearOver({std::nan("")})}) {
    EXPECT_LT(scale.low(), scale.high());
    EXPECT_FALSE(Labels(scale).empty());
  }
}

TEST(Scale, SingleValueGetsRoomOnBothSides) {
  for (const double value : {3.0, 1e-9, 0.0, -2.0}) {
    const Scale linear = LinearOver({value});
    EXPECT_LT(linear.low(), value);
    EXPECT_GT(linear.high(), value);
    EXPECT_GE(Labels(linear).size(), 2U) << value;
  }
  EXPECT_GE(LogOver({3}).high() / LogOver({3}).low(), 9.99);
}

TEST(Scale, BarThatNearlyReachesZeroDoesNotFlattenTheRest) {
  const Scale scale = LogOver({1, 100}, {{1e-12, 120}});
  EXPECT_GT(scale.low(), 0.05);
  EXPECT_LT(scale.low(), 0.1);
  EXPECT_GT(scale.high(), 120);
  EXPECT_LT(LogOver({1, 100}, {{-5, 3}}).low(), 1);
}

TEST(Scale, WidestLinearSpanDoesNotOverflow) {
  Scale scale = LinearOver({-1e308, 1e308});
  scale.Place(0, 100);
  EXPECT_NEAR(scale.At(0), 50, 1e-6);
}

struct Labelled {
  double value;
  TickStyle style;
  const char* text;
};

TEST(TickLabel, UnitsOfEachStyle) {
  for (const Labelled& row :
       {Labelled{0, TickStyle::kPlain, "0"}, Labelled{0.0001, TickStyle::kPlain, "0.0001"},
        Labelled{0.1 + 0.2, TickStyle::kPlain, "0.3"}, Labelled{1000, TickStyle::kPlain, "1,000"},
        Labelled{-20000, TickStyle::kPlain, "-20,000"}, Labelled{1e6, TickStyle::kPlain, "10⁶"},
        Labelled{1e-5, TickStyle::kPlain, "10⁻⁵"}, Labelled{2e-12, TickStyle::kPlain, "2·10⁻¹²"},
        Labelled{500, TickStyle::kCount, "500"}, Labelled{5.6e8, TickStyle::kCount, "560M"},
        Labelled{1e10, TickStyle::kCount, "10B"}, Labelled{1e4, TickStyle::kCount, "10k"},
        Labelled{1e12, TickStyle::kCount, "1T"}, Labelled{0.6, TickStyle::kShare, "60 %"},
        Labelled{-0.0, TickStyle::kShare, "0 %"}})
    EXPECT_EQ(TickLabel(row.value, row.style), row.text);
}

}  // namespace
}  // namespace permille
