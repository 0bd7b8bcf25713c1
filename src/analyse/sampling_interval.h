// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "analyse/cell_energy.h"
#include "base/stats.h"

namespace permille {

/// 95 % interval of a cell's energy (any unit, as `mean` is) over the samples it might have been
/// given: bootstrap (percentile, 1,000 draws, fixed seed) over each sample's mean latency, energy
/// going with time. Beside it the repeatability interval tells of the machine. Absent with fewer
/// than ten samples or without latencies.
std::optional<Interval> SamplingInterval(std::span<const ReadableRun> runs, double mean);

/// Watts that the loaded idle machine draws above the bare idle one, by the channels that `device`
/// adds up, mean over the runs that have both baselines; absent where none has.
std::optional<Watts> Residency(std::span<const ReadableRun> runs, Accounting accounting);

}  // namespace permille
