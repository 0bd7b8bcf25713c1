// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/units.h"

namespace permille {

/// A point on a steady clock, in whole nanoseconds since that clock's own epoch (boot, or 0 when
/// virtual).
struct Instant {
  std::int64_t ns = 0;
  constexpr auto operator<=>(const Instant&) const = default;
};
constexpr Seconds operator-(Instant a, Instant b) {
  return Seconds(static_cast<double>(a.ns - b.ns) * 1e-9);
}
/// Round to the nearest nanosecond.
constexpr Instant operator+(Instant a, Seconds d) {
  const double ns = d.value() * 1e9;
  return Instant{a.ns + static_cast<std::int64_t>(ns < 0 ? ns - 0.5 : ns + 0.5)};
}

/// The time that everything measured is stamped with. Never steps. Two kinds: the machine's steady
/// clock, and a virtual one that moves only when somebody sleeps on it, so that the whole program
/// can be run against a replayed trace with exact results.
class Clock {
 public:
  /// A repeating callback; destroying it stops the callback and waits for one in progress.
  class Ticker {
   public:
    virtual ~Ticker() = default;
  };
  /// Called with the present time; returns when it wants to be called next.
  using Tick = std::function<Instant(Instant)>;

  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
  /// Block until `when` (return at once if it has passed).
  virtual void SleepUntil(Instant when) = 0;
  /// Call `tick` from `first` on. On the steady clock this runs on a thread of its own; on a
  /// virtual clock it runs inside SleepUntil of whoever moves time.
  virtual std::unique_ptr<Ticker> StartTicker(Instant first, Tick tick) = 0;
  virtual bool is_virtual() const = 0;

  void SleepFor(Seconds duration) { SleepUntil(Now() + duration); }
};

/// The machine's CLOCK_MONOTONIC. One instance, thread-safe.
Clock& SteadyClock();

/// Make a clock that starts at 0 and moves only in SleepUntil. Not thread-safe: one thread owns it.
std::unique_ptr<Clock> MakeVirtualClock();

/// The calendar time now, UTC, as 2026-11-23T03:14:15Z. For labels; never used to measure.
std::string UtcTimestamp();

}  // namespace permille
