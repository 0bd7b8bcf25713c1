// SPDX-License-Identifier: Apache-2.0
#include "run/warmup.h"

#include <gtest/gtest.h>

#include <cmath>

namespace permille {
namespace {

Instant At(double seconds) {
  return Instant{} + Seconds(seconds);
}

// Feed latencies (in ms) until it has enough; how many it took.
template <class Latency>
int QueriesUntilWarm(Warmup& warmup, Latency latency_ms) {
  int i = 0;
  for (; warmup.NeedsMore(); ++i) warmup.Add(Seconds(latency_ms(i) * 1e-3), At(i), std::nullopt);
  return i;
}

TEST(Warmup, SteadyLatencyNeedsTen) {
  Warmup warmup(std::nullopt);
  EXPECT_EQ(QueriesUntilWarm(warmup, [](int) { return 5.0; }), 10);
  EXPECT_TRUE(warmup.steady());
}

TEST(Warmup, AFallingLatencyNeedsMore) {
  Warmup warmup(std::nullopt);
  EXPECT_GT(QueriesUntilWarm(warmup, [](int i) { return 5.0 + 5.0 * std::exp(-i / 10.0); }), 20);
}

TEST(Warmup, NoiseWithoutATrendIsWarm) {
  Warmup warmup(std::nullopt);
  EXPECT_LE(QueriesUntilWarm(warmup, [](int i) { return i % 2 == 0 ? 5.0 : 6.0; }), 12);
}

TEST(Warmup, IsCappedAndSaysSo) {
  Warmup warmup(std::nullopt, 30);
  EXPECT_EQ(QueriesUntilWarm(warmup, [](int i) { return 1000.0 - 30.0 * i; }), 30);
  EXPECT_FALSE(warmup.steady());
}

TEST(Warmup, AFixedCountIsKept) {
  Warmup none(0);
  EXPECT_FALSE(none.NeedsMore());
  Warmup three(3);
  EXPECT_EQ(QueriesUntilWarm(three, [](int i) { return 100.0 - i; }), 3);
}

TEST(Warmup, WaitsForTheGpuToStopWarming) {
  Warmup heating(std::nullopt);
  int queries = 0;
  for (; heating.NeedsMore() && queries < 60; ++queries) {
    heating.Add(Seconds(1), At(queries), Celsius(std::min(60.0, 30.0 + queries)));
  }
  // 30 degrees of climb at one a second, then ten seconds within one degree.
  EXPECT_GE(queries, 39);
  EXPECT_TRUE(heating.steady());
}

}  // namespace
}  // namespace permille
