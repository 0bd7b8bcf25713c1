// SPDX-License-Identifier: Apache-2.0
#include "meter/counter.h"

#include <algorithm>
#include <cmath>

namespace permille {
namespace {

/// A reading may lag the joules it states by the source's update period; the slowest counters known
/// update once a second.
constexpr Seconds kLongestUpdatePeriod(1.0);

}  // namespace

CounterUnwrapper::CounterUnwrapper(std::optional<Joules> range, Watts max_power)
    : range_(range), max_power_(max_power) {}

CounterUnwrapper::Step CounterUnwrapper::Add(Instant at, std::optional<Joules> raw) {
  if (!raw || !std::isfinite(raw->value()) || raw->value() < 0) return Step::kGap;
  if (!last_) {
    last_ = raw;
    last_at_ = at;
    return Step::kFirst;
  }
  const Seconds elapsed = std::max(at - *last_at_, Seconds(0));
  const bool smaller = *raw < *last_;
  Joules step = *raw - *last_;
  if (smaller && range_) step += *range_;

  // What the fastest domain could have drawn meanwhile decides what the reading can mean.
  const bool several_wraps_possible = range_ && step + *range_ <= max_power_ * elapsed;
  const bool wrap_impossible = smaller && (!range_ || step < Joules(0) ||
                                           step > max_power_ * (elapsed + kLongestUpdatePeriod));
  // Sources that fail by returning 0 exist. A 0 that no wrap explains is such a failure; were it a
  // true reset, the next reading, still below the last one, would show it.
  if (wrap_impossible && *raw == Joules(0)) return Step::kGap;

  last_ = raw;
  last_at_ = at;
  if (several_wraps_possible || wrap_impossible) return Step::kBreak;
  total_ += step;
  if (!smaller) return Step::kAdvance;
  ++wraps_;
  return Step::kWrap;
}

}  // namespace permille
