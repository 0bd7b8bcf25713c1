// SPDX-License-Identifier: Apache-2.0
#include "run/long_step.h"

#include <fmt/format.h>

#include <utility>

#include "base/stderr_line.h"

namespace permille {

LongStep::LongStep(std::string title, std::chrono::milliseconds patience)
    : title_(std::move(title)), thread_([this, patience] { Tell(patience); }) {}

LongStep::~LongStep() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  over_.notify_all();
  thread_.join();
}

void LongStep::Tell(std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  Clock::time_point next = begin + patience;
  std::unique_lock lock(mutex_);
  while (!over_.wait_until(lock, next, [this] { return is_over_; })) {
    const auto seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    WriteStderrLine(fmt::format("{}: {:.0f} s", title_, seconds));
    next += 10 * patience;
  }
}

}  // namespace permille
