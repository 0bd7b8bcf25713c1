// SPDX-License-Identifier: Apache-2.0
#include "engine/run_watchdog.h"

#include <gtest/gtest.h>

#include <atomic>

namespace permille {
namespace {

void WaitFor(const std::atomic<int>& fired, int count) {
  while (fired < count) std::this_thread::yield();
}

TEST(RunWatchdog, FiresOncePerArming) {
  std::atomic<int> fired = 0;
  RunWatchdog watchdog(Seconds(2e-3), [&] { ++fired; });
  watchdog.Arm();
  WaitFor(fired, 1);
  EXPECT_TRUE(watchdog.Disarm());
  watchdog.Arm();
  WaitFor(fired, 2);
  EXPECT_TRUE(watchdog.Disarm());
  EXPECT_EQ(fired, 2);
}

TEST(RunWatchdog, WhatEndsInTimeIsLeftAlone) {
  std::atomic<int> fired = 0;
  RunWatchdog watchdog(Seconds(3600), [&] { ++fired; });
  for (int i = 0; i < 1000; ++i) {
    watchdog.Arm();
    EXPECT_FALSE(watchdog.Disarm());
  }
  EXPECT_EQ(fired, 0);
}

TEST(RunWatchdog, NeverArmedItNeedsNoThread) {
  RunWatchdog watchdog(Seconds(1e-9), [] { FAIL(); });
}

}  // namespace
}  // namespace permille
