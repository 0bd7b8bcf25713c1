// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/units.h"

namespace permille {

/// Calls `fire` when something takes longer than `limit`. Arm before, Disarm after. One thread,
/// started by the first Arm; it is never notified: while nothing is armed it sleeps for `limit`,
/// and a deadline set meanwhile cannot lie before its end. So Arm and Disarm cost a lock each and
/// no system call.
class RunWatchdog {
 public:
  /// `fire` runs on the watchdog's thread with its lock held: it must not call back.
  RunWatchdog(Seconds limit, std::function<void()> fire);

  void Arm();
  /// Whether it fired since Arm. After Disarm it does not fire.
  bool Disarm();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  void Watch(const std::stop_token& stop);

  const std::chrono::steady_clock::duration limit_;
  const std::function<void()> fire_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any wake_;
  SteadyTime deadline_;
  bool armed_ = false;
  bool fired_ = false;
  std::jthread thread_;
};

}  // namespace permille
