// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "record/run_record.h"

namespace permille {

/// Steps of equal length; a NaN is not known.
struct WallGrid {
  Seconds step;
  Seconds begin;  ///< recorder time of the middle of the first step
  std::size_t size = 0;
};

/// One thing about a run that a wall meter's power may follow.
struct WallTrack {
  std::string against;
  std::vector<double> values;
};

/// What can be said of the run at every step: software power, mean power of the windows, load, and
/// busy or not (1 in loading, warm-up and query windows, 0 elsewhere, outside the run too). Those
/// of which nothing is known, or that never change, are left out.
std::vector<WallTrack> TracksOf(const RunRecord& run, const WallGrid& grid);

/// Power over the same steps, linear between readings; NaN outside and in gaps longer than `gap`.
std::vector<double> Resampled(std::span<const SeriesPoint> points, const WallGrid& grid,
                              Seconds gap);

}  // namespace permille
