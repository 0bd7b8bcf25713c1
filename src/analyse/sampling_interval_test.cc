// SPDX-License-Identifier: Apache-2.0
#include "analyse/sampling_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace permille {
namespace {

/// A run of one query a sample, of these latencies in seconds.
RunRecord Lasting(const std::vector<double>& latencies) {
  RunRecord run;
  for (std::size_t i = 0; i < latencies.size(); ++i) {
    QueryRecord query;
    query.sample = i;
    query.latency = Seconds(latencies[i]);
    run.query_records.push_back(query);
  }
  return run;
}

std::optional<Interval> IntervalOf(const std::vector<RunRecord>& runs, double mean) {
  std::vector<ReadableRun> readable;
  for (const RunRecord& run : runs) readable.push_back({&run, {}});
  return SamplingInterval(readable, mean);
}

std::vector<double> Draw(std::mt19937_64& random, std::size_t n) {
  std::lognormal_distribution<double> latency(0, 0.5);
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(latency(random));
  return out;
}

// Of lognormal(0, 0.5) the mean is exp(1 / 8). The energy is one unit a second.
TEST(SamplingInterval, HoldsThePopulationsMeanAsOftenAsItPromises) {
  std::mt19937_64 random(7);
  constexpr int kTrials = 300;
  int holds = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const std::vector<double> latencies = Draw(random, 100);
    const auto interval = IntervalOf({Lasting(latencies)}, *Mean(latencies));
    ASSERT_TRUE(interval);
    holds += interval->low <= std::exp(0.125) && std::exp(0.125) <= interval->high ? 1 : 0;
  }
  // The percentile bootstrap of 100 skewed values holds in about 94 %: four deviations either side.
  EXPECT_GE(holds, 266);
  EXPECT_LE(holds, 297);
}

TEST(SamplingInterval, TheSameStoreGivesTheSameInterval) {
  std::mt19937_64 random(7);
  const std::vector<double> latencies = Draw(random, 50);
  const auto once = IntervalOf({Lasting(latencies)}, 3);
  const auto again = IntervalOf({Lasting(latencies)}, 3);
  ASSERT_TRUE(once && again);
  EXPECT_EQ(once->low, again->low);
  EXPECT_EQ(once->high, again->high);
  EXPECT_LT(once->low, 3);
  EXPECT_GT(once->high, 3);
}

TEST(SamplingInterval, IsInTheUnitOfTheMean) {
  std::mt19937_64 random(7);
  const std::vector<double> latencies = Draw(random, 50);
  const auto wh = IntervalOf({Lasting(latencies)}, 3);
  const auto kwh = IntervalOf({Lasting(latencies)}, 0.003);
  ASSERT_TRUE(wh && kwh);
  EXPECT_NEAR(kwh->low, wh->low / 1000, 1e-12);
  EXPECT_NEAR(kwh->high, wh->high / 1000, 1e-12);
}

TEST(SamplingInterval, RepeatsOfTheSameSamplesAddNone) {
  std::mt19937_64 random(7);
  const std::vector<double> latencies = Draw(random, 50);
  const auto one = IntervalOf({Lasting(latencies)}, 3);
  const auto three = IntervalOf({Lasting(latencies), Lasting(latencies), Lasting(latencies)}, 3);
  ASSERT_TRUE(one && three);
  EXPECT_NEAR(three->low, one->low, 1e-12);
  EXPECT_NEAR(three->high, one->high, 1e-12);
  EXPECT_FALSE(IntervalOf(
      {Lasting({1, 2, 3, 4, 5}), Lasting({1, 2, 3, 4, 5}), Lasting({1, 2, 3, 4, 5})}, 3));
}

TEST(SamplingInterval, ASampleThatRanMoreOftenCountsOnce) {
  std::mt19937_64 random(7);
  const std::vector<double> latencies = Draw(random, 50);
  RunRecord uneven = Lasting(latencies);
  for (std::size_t i = 0; i < 10; ++i) uneven.query_records.push_back(uneven.query_records[i]);
  const auto one = IntervalOf({Lasting(latencies)}, 3);
  const auto more = IntervalOf({uneven}, 3);
  ASSERT_TRUE(one && more);
  EXPECT_NEAR(more->low, one->low, 1e-12);
  EXPECT_NEAR(more->high, one->high, 1e-12);
}

TEST(SamplingInterval, EqualSamplesLeaveNoDoubt) {
  const auto interval = IntervalOf({Lasting(std::vector<double>(20, 0.25))}, 3);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 3, 1e-12);
  EXPECT_NEAR(interval->high, 3, 1e-12);
}

TEST(SamplingInterval, FewSamplesOrNoLatenciesAreAbsent) {
  EXPECT_FALSE(IntervalOf({}, 3));
  EXPECT_FALSE(IntervalOf({Lasting({})}, 3));
  EXPECT_FALSE(IntervalOf({Lasting(std::vector<double>(9, 1))}, 3));
  EXPECT_FALSE(IntervalOf({Lasting(std::vector<double>(10, 0))}, 3));
  EXPECT_TRUE(IntervalOf({Lasting(std::vector<double>(10, 1))}, 3));
}

/// A run of one counter with windows of 10 s at so many watts.
RunRecord Idling(const std::vector<std::pair<Phase, double>>& windows) {
  RunRecord run;
  Channel channel;
  channel.id = "package-0";
  channel.component = Component::kCpu;
  run.channels = {channel};
  for (const auto& [phase, watts] : windows) {
    Window window;
    window.phase = phase;
    window.duration = Seconds(10);
    ChannelWindow seen;
    seen.channel = "package-0";
    seen.energy = Watts(watts) * Seconds(10);
    seen.coverage = 1;
    window.channels = {seen};
    run.windows.push_back(window);
  }
  return run;
}

TEST(Residency, IsWhatTheLoadedMachineDrawsMore) {
  const RunRecord run = Idling({{Phase::kIdleBare, 10},
                                {Phase::kIdleLoaded, 28},
                                {Phase::kQuery, 90},
                                {Phase::kIdleLoaded, 32}});
  const ReadableRun readable{&run, {}};
  const auto watts = Residency({&readable, 1}, Accounting::kNative);
  ASSERT_TRUE(watts);
  EXPECT_NEAR(watts->value(), 20, 1e-12);
}
TEST(Residency, NeedsBothBaselines) {
  for (const Phase phase : {Phase::kIdleBare, Phase::kIdleLoaded}) {
    const RunRecord run = Idling({{phase, 10}, {Phase::kQuery, 90}});
    const ReadableRun readable{&run, {}};
    EXPECT_FALSE(Residency({&readable, 1}, Accounting::kNative));
  }
}

}  // namespace
}  // namespace permille
