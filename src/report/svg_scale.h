// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/stats.h"

namespace permille {

/// How tick labels are written.
enum class TickStyle {
  kPlain,  ///< 0.01, 1, 1,000; powers of ten outside 0.0001 to 999,999
  kCount,  ///< 560, 10k, 100M, 1B: parameters, words
  kShare,  ///< 60 %
};

/// A tick of an axis; minor ticks have no label.
struct Tick {
  double value = 0;
  std::string label;
};

/// A straight map from values to px, linear or by logarithm.
class Scale {
 public:
  /// A scale over all `values` (those it cannot show are passed over) with a margin around them.
  /// Nothing to show: 1 to 10. Logarithmic: at least one decade; linear: a single value gets room.
  /// `bars` widen it too, a logarithmic one by at most a decade on either side, so that an interval
  /// that nearly reaches zero does not flatten all else.
  static Scale Over(bool log, const std::vector<double>& values, const std::vector<Interval>& bars);

  /// Whether the axis can show a value at all: finite, and above 0 when logarithmic.
  bool Shows(double value) const;
  /// px of a value; ends of bars outside are held at the edge. Requires Shows.
  double At(double value) const;
  void Place(double from_px, double to_px);

  double low() const { return low_; }
  double high() const { return high_; }
  bool log() const { return log_; }
  double from_px() const { return from_px_; }
  double to_px() const { return to_px_; }

  /// Labelled and minor ticks, in rising order: decades, thinned where there are more than
  /// `most_labels`, with 2 and 5 where there are fewer than three; linear ones at 1, 2 or 5 x 10^n.
  std::vector<Tick> Ticks(TickStyle style, int most_labels = 8) const;

 private:
  std::vector<Tick> LogTicks(TickStyle style, int most_labels) const;
  std::vector<Tick> LinearTicks(TickStyle style, int most_labels) const;

  bool log_ = false;
  double low_ = 1;
  double high_ = 10;
  double from_px_ = 0;
  double to_px_ = 1;
};

/// A value as a tick of that style is labelled: "1,000", "560M", "60 %".
std::string TickLabel(double value, TickStyle style);

}  // namespace permille
