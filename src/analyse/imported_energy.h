// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analyse/cell_energy.h"

// Runs that come from others' logs: one counter for all GPUs, constants for the rest. What a log
// does not split is split here, as an estimate that says so.

namespace permille {

/// Whether the runs of a cell were imported rather than measured by permille.
bool IsImported(const Cell& cell);
inline bool IsImported(const RunRecord& run) {
  return IsImported(run.cell);
}

/// The joules of one window. The CodeCarbon rules that wrote the log leave it as it is; native
/// accounting puts its own rule in the place of the log's for memory. Attribution device and
/// marginal charge the GPUs that worked alone (IdleGpuPower).
std::vector<ChannelEnergy> ImportedEnergies(const ReadableRun& run, const Window& window,
                                            Accounting accounting, Attribution attribution);

/// Watts of one GPU that does not work: the mean over all GPUs while the model was loaded. Absent
/// where no load was logged, or not which GPUs worked.
std::optional<Watts> IdleGpuPower(const RunRecord& run);

/// The GPU joules of a run above its load phase, per 1,000 queries: a lower bound, as loading holds
/// the GPU's context already, and the only part of such a log that is not constant. Absent without
/// a load phase.
std::optional<RunEnergy> ImportedMarginal(const ReadableRun& run);

/// The lowest mean power of one GPU in any window over 10 s of these runs: the floor of what one
/// idle GPU draws.
std::optional<Watts> GpuFloor(std::span<const ReadableRun> runs);

/// What the GPUs of a run's query window were: how many counted, how many used, what the idle ones
/// drew, per 1,000 queries.
std::optional<GpuShare> GpusOf(const RunRecord& run);

}  // namespace permille
