// SPDX-License-Identifier: Apache-2.0
#include "meter/update_period.h"

#include <vector>

#include "base/stats.h"

namespace permille {

std::optional<Seconds> DetectUpdatePeriod(Meter& meter, std::size_t channel, Clock& clock,
                                          Seconds limit) {
  constexpr std::size_t kEnoughIntervals = 19;
  constexpr std::size_t kFewestIntervals = 3;
  constexpr int kMostReads = 10'000'000;  // ends the loop on a clock that nobody moves
  std::vector<Reading> readings(meter.channels().size());
  const Instant start = clock.Now();
  std::optional<double> last;
  std::optional<Instant> last_change;
  std::vector<double> intervals;
  for (int reads = 0; reads < kMostReads && intervals.size() < kEnoughIntervals; ++reads) {
    meter.Read(readings);
    const Instant now = clock.Now();
    const std::optional<double> value = readings[channel].value;
    if (!value) return std::nullopt;
    if (last && *value != *last) {
      if (last_change) intervals.push_back((now - *last_change).value());
      last_change = now;
    }
    last = value;
    if (now - start > limit) break;
  }
  if (intervals.size() < kFewestIntervals) return std::nullopt;
  return Seconds(*Median(intervals));
}

}  // namespace permille
