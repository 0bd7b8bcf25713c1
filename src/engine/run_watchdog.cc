// SPDX-License-Identifier: Apache-2.0
#include "engine/run_watchdog.h"

namespace permille {

RunWatchdog::RunWatchdog(Seconds limit, std::function<void()> fire)
    : limit_(std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>(limit.value()))),
      fire_(std::move(fire)) {}

void RunWatchdog::Arm() {
  const std::lock_guard lock(mutex_);
  deadline_ = std::chrono::steady_clock::now() + limit_;
  armed_ = true;
  fired_ = false;
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](const std::stop_token& stop) { Watch(stop); });
  }
}

bool RunWatchdog::Disarm() {
  const std::lock_guard lock(mutex_);
  armed_ = false;
  return fired_;
}

void RunWatchdog::Watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (armed_ && now >= deadline_) {
      fire_();
      fired_ = true;
      armed_ = false;
    }
    wake_.wait_until(lock, stop, armed_ ? deadline_ : now + limit_, [] { return false; });
  }
}

}  // namespace permille
