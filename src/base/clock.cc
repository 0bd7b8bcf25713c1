// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace permille {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// Run a callback on a thread of its own until destroyed.
class ThreadTicker final : public Clock::Ticker {
 public:
  ThreadTicker(const Clock& clock, Instant first, Clock::Tick tick)
      : clock_(clock), due_(first), tick_(std::move(tick)) {
    // Signals belong to the program's main thread; the new thread inherits this mask.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    thread_ = std::jthread([this] { Loop(); });
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
  }
  ~ThreadTicker() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
  }

 private:
  void Loop() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      // libstdc++'s steady_clock is CLOCK_MONOTONIC, the clock that Instant counts.
      const std::chrono::steady_clock::time_point due{std::chrono::nanoseconds(due_.ns)};
      if (wake_.wait_until(lock, due, [this] { return stop_; })) return;
      lock.unlock();
      due_ = tick_(clock_.Now());
      lock.lock();
    }
  }

  const Clock& clock_;
  Instant due_;  ///< touched by the thread alone
  Clock::Tick tick_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;    ///< guarded by mutex_
  std::jthread thread_;  ///< last, so that it is joined before the rest goes
};

class MonotonicClock final : public Clock {
 public:
  Instant Now() const override {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return Instant{static_cast<std::int64_t>(now.tv_sec) * kNsPerSecond + now.tv_nsec};
  }
  void SleepUntil(Instant when) override {
    timespec until{};
    until.tv_sec = static_cast<time_t>(when.ns / kNsPerSecond);
    until.tv_nsec = static_cast<long>(when.ns % kNsPerSecond);
    if (when.ns <= 0) return;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
    }
  }
  std::unique_ptr<Ticker> StartTicker(Instant first, Tick tick) override {
    return std::make_unique<ThreadTicker>(*this, first, std::move(tick));
  }
  bool is_virtual() const override { return false; }
};

/// Time that is moved by sleeping on it. Tickers must not outlive their clock.
class VirtualClock final : public Clock {
 public:
  Instant Now() const override { return now_; }

  void SleepUntil(Instant when) override {
    if (ticking_) {  // a callback that itself takes time: the ticks it delays fire late, afterwards
      now_ = std::max(now_, when);
      return;
    }
    while (Entry* next = Earliest()) {
      if (next->due > std::max(now_, when)) break;
      Fire(*next);
    }
    now_ = std::max(now_, when);
  }

  std::unique_ptr<Ticker> StartTicker(Instant first, Tick tick) override {
    auto entry = std::make_unique<Entry>(*this, first, std::move(tick));
    entries_.push_back(entry.get());
    return entry;
  }
  bool is_virtual() const override { return true; }

 private:
  struct Entry final : Ticker {
    Entry(VirtualClock& owner, Instant first, Tick callback)
        : clock(owner), due(first), tick(std::move(callback)) {}
    ~Entry() override { std::erase(clock.entries_, this); }
    VirtualClock& clock;
    Instant due;
    Tick tick;
  };

  /// The entry due first; of several, the one started first.
  Entry* Earliest() const {
    const auto least = std::min_element(entries_.begin(), entries_.end(),
                                        [](auto* a, auto* b) { return a->due < b->due; });
    return least == entries_.end() ? nullptr : *least;
  }

  void Fire(Entry& entry) {
    now_ = std::max(now_, entry.due);
    ticking_ = true;
    const Instant next = entry.tick(now_);
    ticking_ = false;
    // A callback that asks for the past would otherwise hold virtual time still for ever.
    entry.due = std::max(next, Instant{now_.ns + 1});
  }

  Instant now_;
  bool ticking_ = false;
  std::vector<Entry*> entries_;
};

}  // namespace

Clock& SteadyClock() {
  static MonotonicClock clock;
  return clock;
}

std::unique_ptr<Clock> MakeVirtualClock() {
  return std::make_unique<VirtualClock>();
}

std::string UtcTimestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return std::string(text, length);
}

}  // namespace permille
