// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "base/clock.h"
#include "base/units.h"

namespace permille {

/// Decides when a model is warm: the last ten latencies trend under 1 % and the GPU, where there is
/// one, has moved under 1 degree in 10 s. Capped by count.
class Warmup {
 public:
  /// `fixed`: exactly so many queries (0 as the study did); absent: until steady, at most `cap`.
  explicit Warmup(std::optional<int> fixed, int cap = 100) : fixed_(fixed), cap_(cap) {}
  /// Whether another query is needed.
  bool NeedsMore() const;
  void Add(Seconds latency, Instant now, std::optional<Celsius> temperature);
  int queries() const { return queries_; }
  /// Whether it ended by being steady rather than by the cap.
  bool steady() const { return steady_; }

 private:
  bool LatencySteady() const;
  bool TemperatureSteady(Instant now) const;

  struct Heat {
    Instant at;
    Celsius temperature;
  };
  std::optional<int> fixed_;
  int cap_;
  int queries_ = 0;
  bool steady_ = false;
  std::deque<Seconds> latencies_;
  std::deque<Heat> heat_;
};

}  // namespace permille
