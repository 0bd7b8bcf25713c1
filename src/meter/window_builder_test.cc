// SPDX-License-Identifier: Apache-2.0
#include "meter/window_builder.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>

namespace permille {
namespace {

using Step = CounterUnwrapper::Step;
constexpr std::optional<double> kFailed = std::nullopt;

Channel ChannelOf(Quantity quantity) {
  Channel channel;
  channel.id = "x";
  channel.quantity = quantity;
  return channel;
}

// Readings one second apart from 0 on; the window is exactly as long.
ChannelWindow Build(Quantity quantity, std::initializer_list<std::optional<double>> values,
                    std::initializer_list<std::size_t> breaks = {}) {
  ChannelWindowBuilder builder(ChannelOf(quantity), Instant{0});
  std::int64_t second = 0;
  for (const auto& value : values) {
    const bool broken =
        std::find(breaks.begin(), breaks.end(), static_cast<std::size_t>(second)) != breaks.end();
    builder.Add({Instant{second * 1'000'000'000}, value, broken ? Step::kBreak : Step::kAdvance});
    ++second;
  }
  return builder.Finish(Instant{0}, Instant{(second - 1) * 1'000'000'000});
}

TEST(WindowBuilder, CounterGivesLastMinusFirst) {
  const ChannelWindow window = Build(Quantity::kEnergy, {100, 130, 150});
  EXPECT_EQ(window.energy, Joules(50));
  EXPECT_EQ(window.coverage, 1);
  EXPECT_EQ(window.updates, 2u);
}

TEST(WindowBuilder, RepeatedCounterReadingsAreNotUpdates) {
  EXPECT_EQ(Build(Quantity::kEnergy, {5, 5, 5, 9, 9}).updates, 1u);
}

TEST(WindowBuilder, FailedReadInsideIsBridgedButNotCovered) {
  const ChannelWindow window = Build(Quantity::kEnergy, {0, 10, kFailed, 30, 40});
  EXPECT_EQ(window.energy, Joules(40));
  EXPECT_EQ(window.coverage, 0.5);
  EXPECT_EQ(window.gaps, 1u);
}

TEST(WindowBuilder, FailedEdgeIsFilledWithTheMeanPowerOfTheRest) {
  const ChannelWindow window = Build(Quantity::kEnergy, {0, 10, 20, 30, kFailed});
  EXPECT_EQ(window.energy, Joules(40));
  EXPECT_EQ(window.coverage, 0.75);
}

TEST(WindowBuilder, JoulesAcrossABreakAreFilledWithTheMeanPowerOfTheRest) {
  // The third reading follows a reset: what was drawn between 1 s and 2 s is unknown.
  const ChannelWindow window = Build(Quantity::kEnergy, {0, 10, 10, 20, 30}, {2});
  EXPECT_EQ(window.energy, Joules(40));
  EXPECT_EQ(window.coverage, 0.75);
}

TEST(WindowBuilder, PowerIsIntegratedByTrapezoids) {
  EXPECT_EQ(Build(Quantity::kPower, {0, 100, 100}).energy, Joules(150));
}

TEST(WindowBuilder, PowerAcrossAFailedReadIsNotInvented) {
  // 100 W for 2 s are known, 2 s are not: they get the mean of the known part and stay uncovered.
  const ChannelWindow window = Build(Quantity::kPower, {100, 100, 100, kFailed, 900});
  EXPECT_EQ(window.energy, Joules(400));
  EXPECT_EQ(window.coverage, 0.5);
}

TEST(WindowBuilder, LoadIsASeriesFromZeroAndNoJoules) {
  const ChannelWindow window = Build(Quantity::kLoad, {1000, 1001, 1003});
  EXPECT_FALSE(window.energy);
  ASSERT_EQ(window.series.size(), 3u);
  EXPECT_EQ(window.series[2].value, 3);
  EXPECT_EQ(window.series[2].at, Seconds(2));
}

TEST(WindowBuilder, BytesKeepTheirValue) {
  EXPECT_EQ(Build(Quantity::kBytes, {1e9, 2e9}).series[1].value, 2e9);
}

TEST(WindowBuilder, NothingReadableIsAbsentNeverZero) {
  const ChannelWindow window = Build(Quantity::kEnergy, {kFailed, kFailed, kFailed});
  EXPECT_FALSE(window.energy);
  EXPECT_EQ(window.coverage, 0);
  EXPECT_EQ(window.gaps, 3u);
}

}  // namespace
}  // namespace permille
