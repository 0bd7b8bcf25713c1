// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/units.h"

namespace permille {

/// Joules since the first good reading of a cumulative counter that may wrap and may fail to be
/// read. The algebra: a failed read is a gap and changes nothing; a smaller reading is one wrap of
/// the real range; after a gap so long that the counter could have wrapped more than once at
/// `max_power`, the number of wraps is unknown, so that stretch's joules are lost (a break), not
/// guessed. A smaller reading that would need more than `max_power` to be a wrap is a reset (a
/// break) or, when it is exactly 0, a failed read (a gap).
class CounterUnwrapper {
 public:
  /// `range`: the value after which the counter restarts at 0; absent: it never wraps, and a
  /// smaller reading is a reset (a break). `max_power`: no domain on earth draws more; bounds the
  /// wraps in a gap.
  explicit CounterUnwrapper(std::optional<Joules> range, Watts max_power = Watts(5000));

  enum class Step {
    kFirst,    ///< first good reading: the zero
    kAdvance,  ///< difference added, possibly 0
    kWrap,     ///< difference added over one wrap
    kGap,      ///< failed read: nothing added; the next good reading bridges it if it can
    kBreak,    ///< reset or ambiguous: the joules since the last good reading are unknown
  };
  Step Add(Instant at, std::optional<Joules> raw);

  /// Joules since the first reading, without those lost in breaks.
  Joules total() const { return total_; }
  std::uint64_t wraps() const { return wraps_; }
  std::optional<Instant> last_good() const { return last_at_; }

 private:
  std::optional<Joules> range_;
  Watts max_power_;
  std::optional<Joules> last_;
  std::optional<Instant> last_at_;
  Joules total_;
  std::uint64_t wraps_ = 0;
};

}  // namespace permille
