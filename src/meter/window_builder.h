// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "meter/counter.h"
#include "meter/meter.h"
#include "record/window.h"

namespace permille {

/// One reading of one channel, with counters already unwrapped.
struct ChannelReading {
  Instant at;
  std::optional<double> value;  ///< unwrapped J, W, core-seconds or bytes; absent: a gap
  CounterUnwrapper::Step step = CounterUnwrapper::Step::kAdvance;  ///< for counters
};

/// Collects the readings of one channel between the edges of one window and sums them up. Rules:
/// energy counters: last minus first; a failed read inside is bridged but not covered; after a
/// break, and where an edge could not be read, the missing stretch gets the mean power of the rest.
/// power: trapezoid between good neighbours; stretches with a failed read get the mean power of the
/// rest. load and bytes: kept as a series.
class ChannelWindowBuilder {
 public:
  ChannelWindowBuilder(const Channel& channel, Instant begin);
  void Add(const ChannelReading& reading);
  /// Joules so far; absent before two good readings and for load and bytes.
  std::optional<Joules> SoFar() const;
  ChannelWindow Finish(Instant begin, Instant end);

 private:
  void AddGood(const ChannelReading& reading);

  // What every reading touches lies in one cache line: ten times a second all of it comes from
  // memory.
  Quantity quantity_;
  bool has_last_ = false;
  bool failed_since_last_ = false;
  Instant last_at_;
  double last_value_ = 0;
  Joules known_;                 ///< joules of stretches that are known
  std::int64_t known_ns_ = 0;    ///< length of those stretches
  std::int64_t covered_ns_ = 0;  ///< of these, the ones without a failed read inside
  std::uint64_t readings_ = 0;
  std::uint64_t updates_ = 0;

  double zero_ = 0;  ///< what a series of load counts from
  Instant begin_;
  ChannelWindow out_;
};

}  // namespace permille
