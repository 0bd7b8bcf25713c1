// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyse/analyse.h"
#include "catalog/catalog.h"
#include "power/window_energy.h"

namespace permille {

/// A run with what is known of its machine: the processor's TDP is looked up once per run.
struct ReadableRun {
  const RunRecord* run = nullptr;
  MachineFacts machine;
};
/// Look the run's processor up in the catalog's `table`; one that is not there has no TDP.
ReadableRun MakeReadable(const RunRecord& run, const std::vector<CpuPowerEntry>& table);

/// The first window of a phase; null when there is none.
const Window* FindWindow(const RunRecord& run, Phase phase);

/// Joules of one run under one attribution, per 1,000 queries.
struct RunEnergy {
  std::vector<ChannelEnergy> channels;
  Joules total;
};

/// What the loaded-idle windows say of one run.
struct Baseline {
  std::map<std::string, Watts> channels;  ///< mean power of each channel that `device` adds up
  /// Half of what their sum drifted from the window before the queries to the one after.
  Watts half_spread;
};

/// The channels that `attribution` adds up in one window (marginal: as device).
std::vector<ChannelEnergy> EnergiesIn(const ReadableRun& run, const Window& window,
                                      Accounting accounting, Attribution attribution);
/// Energy of the query window, per 1,000 queries; no channels when nothing was read.
RunEnergy QueryEnergy(const ReadableRun& run, Accounting accounting, Attribution attribution);
/// Loaded-idle watts of the channels that `device` adds up; absent without a baseline.
std::optional<Baseline> LoadedIdle(const ReadableRun& run, Accounting accounting);
/// The query energy of a run above its baseline, channel by channel, per 1,000 queries. `drift`
/// becomes the standard uncertainty that a drifting baseline leaves. Absent without a baseline.
std::optional<RunEnergy> MarginalEnergy(const ReadableRun& run, Accounting accounting,
                                        Joules& drift);
/// Why marginal attribution cannot be had for these runs; empty when it can.
std::string MarginalRefusal(std::span<const ReadableRun> runs);

/// Mean, spread and both intervals of `values` (per 1,000 queries, one per repeat) given the other
/// relative standard uncertainties of the mean. The expanded interval needs two repeats.
Estimate MakeEstimate(std::span<const double> values, std::span<const BudgetTerm> other_terms);

/// The budget of an estimate but for repeatability: sources, models, resolution, coverage. Channels
/// of one source or rule count as fully correlated, different sources as independent.
std::vector<BudgetTerm> SourceTerms(std::span<const RunEnergy> runs);

}  // namespace permille
