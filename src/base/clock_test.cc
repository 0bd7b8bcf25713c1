// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <utility>
#include <vector>

namespace permille {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;
using testing::Pair;

Clock::Tick Every(Seconds period, std::vector<std::int64_t>& seen) {
  return [period, &seen](Instant now) {
    seen.push_back(now.ns);
    return now + period;
  };
}

TEST(Instant, DifferencesAreSecondsAndSumsRoundToTheNanosecond) {
  EXPECT_DOUBLE_EQ((Instant{2'500'000'000} - Instant{1'000'000'000}).value(), 1.5);
  EXPECT_DOUBLE_EQ((Instant{0} - Instant{1}).value(), -1e-9);
  EXPECT_EQ((Instant{10} + Seconds(1e-9)).ns, 11);
  EXPECT_EQ((Instant{10} + Seconds(-1.4e-9)).ns, 9);
  EXPECT_EQ((Instant{0} + Seconds(0.1)).ns, 100'000'000);
}

TEST(VirtualClock, StartsAtZeroAndMovesOnlyBySleeping) {
  const auto clock = MakeVirtualClock();
  EXPECT_TRUE(clock->is_virtual());
  EXPECT_EQ(clock->Now().ns, 0);
  clock->SleepFor(Seconds(1.5));
  EXPECT_EQ(clock->Now().ns, 1'500'000'000);
  clock->SleepUntil(Instant{1});
  EXPECT_EQ(clock->Now().ns, 1'500'000'000) << "time went backwards";
}

TEST(VirtualClock, TickSeesItsOwnDueTime) {
  const auto clock = MakeVirtualClock();
  std::vector<std::int64_t> seen;
  const auto ticker = clock->StartTicker(Instant{5}, [&](Instant now) {
    EXPECT_EQ(clock->Now(), now);
    seen.push_back(now.ns);
    return Instant{now.ns + 10};
  });
  clock->SleepUntil(Instant{4});
  EXPECT_THAT(seen, ElementsAre());
  clock->SleepUntil(Instant{25});
  EXPECT_THAT(seen, ElementsAre(5, 15, 25));
  EXPECT_EQ(clock->Now().ns, 25);
}

TEST(VirtualClock, TickersFireInOrderOfTimeThenOfStart) {
  const auto clock = MakeVirtualClock();
  std::vector<std::pair<char, std::int64_t>> seen;
  const auto note = [&seen](char name, std::int64_t period) {
    return [&seen, name, period](Instant now) {
      seen.emplace_back(name, now.ns);
      return Instant{now.ns + period};
    };
  };
  const auto a = clock->StartTicker(Instant{3}, note('a', 3));
  const auto b = clock->StartTicker(Instant{2}, note('b', 2));
  clock->SleepUntil(Instant{6});
  EXPECT_THAT(seen,
              ElementsAre(Pair('b', 2), Pair('a', 3), Pair('b', 4), Pair('a', 6), Pair('b', 6)));
}

TEST(VirtualClock, DestroyedTickerIsSilent) {
  const auto clock = MakeVirtualClock();
  std::vector<std::int64_t> seen;
  auto ticker = clock->StartTicker(Instant{1}, Every(Seconds(1e-9), seen));
  clock->SleepUntil(Instant{2});
  ticker.reset();
  clock->SleepUntil(Instant{10});
  EXPECT_THAT(seen, ElementsAre(1, 2));
}

TEST(VirtualClock, TickThatAsksForThePastDoesNotHoldTimeStill) {
  const auto clock = MakeVirtualClock();
  int ticks = 0;
  const auto ticker = clock->StartTicker(Instant{0}, [&](Instant) {
    ++ticks;
    return Instant{0};
  });
  clock->SleepUntil(Instant{3});
  EXPECT_EQ(ticks, 4);
  EXPECT_EQ(clock->Now().ns, 3);
}

TEST(VirtualClock, TickThatTakesTimeDelaysTheNext) {
  const auto clock = MakeVirtualClock();
  std::vector<std::int64_t> seen;
  const auto slow = clock->StartTicker(Instant{10}, [&](Instant now) {
    clock->SleepUntil(Instant{now.ns + 5});
    return Instant{1000};
  });
  const auto late = clock->StartTicker(Instant{12}, Every(Seconds(1), seen));
  clock->SleepUntil(Instant{100});
  EXPECT_THAT(seen, ElementsAre(15));
}

TEST(VirtualClock, TickMayStartAndStopOtherTickers) {
  const auto clock = MakeVirtualClock();
  std::vector<std::int64_t> first, second;
  auto victim = clock->StartTicker(Instant{1}, Every(Seconds(1e-9), first));
  std::unique_ptr<Clock::Ticker> child;
  const auto parent = clock->StartTicker(Instant{2}, [&](Instant now) {
    victim.reset();
    child = clock->StartTicker(Instant{now.ns + 1}, Every(Seconds(2e-9), second));
    return Instant{1000};
  });
  clock->SleepUntil(Instant{6});
  EXPECT_THAT(first, ElementsAre(1, 2));
  EXPECT_THAT(second, ElementsAre(3, 5));
}

TEST(SteadyClock, NeverStepsBackAndSleepsAtLeastAsLongAsAsked) {
  Clock& clock = SteadyClock();
  EXPECT_FALSE(clock.is_virtual());
  const Instant begin = clock.Now();
  clock.SleepFor(Seconds(0.002));
  EXPECT_GE((clock.Now() - begin).value(), 0.002);
  clock.SleepUntil(begin);  // has passed: returns
  clock.SleepUntil(Instant{-5});
}

TEST(SteadyClock, TickerRunsOnItsOwnThreadNeverEarly) {
  Clock& clock = SteadyClock();
  std::atomic<int> ticks{0};
  std::atomic<bool> early{false};
  Instant due = clock.Now() + Seconds(0.001);
  const auto ticker = clock.StartTicker(due, [&](Instant now) {
    if (now < due) early = true;
    ++ticks;
    due = now + Seconds(0.001);
    return due;
  });
  while (ticks < 5) clock.SleepFor(Seconds(0.0005));
  EXPECT_FALSE(early);
}

TEST(SteadyClock, DestroyingATickerWaitsForTheCallbackInProgress) {
  Clock& clock = SteadyClock();
  std::atomic<bool> inside{false};
  std::atomic<bool> finished{false};
  auto ticker = clock.StartTicker(clock.Now(), [&](Instant now) {
    inside = true;
    clock.SleepFor(Seconds(0.02));
    finished = true;
    return now + Seconds(3600);
  });
  while (!inside) clock.SleepFor(Seconds(0.0005));
  ticker.reset();
  EXPECT_TRUE(finished);
}

TEST(SteadyClock, DestroyingATickerDoesNotWaitForItsNextTick) {
  Clock& clock = SteadyClock();
  auto ticker = clock.StartTicker(clock.Now() + Seconds(3600), [](Instant now) { return now; });
  ticker.reset();  // hangs for an hour if it does
}

TEST(UtcTimestamp, IsIso8601) {
  EXPECT_THAT(UtcTimestamp(),
              MatchesRegex("20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z"));
}

}  // namespace
}  // namespace permille
