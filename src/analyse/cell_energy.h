// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analyse/channel_energy.h"

namespace permille {

/// The query energy of one run under one attribution, per 1,000 queries.
struct RunEnergy {
  std::vector<ChannelEnergy> channels;  ///< joules per 1,000 queries
  Joules total;
};

/// What the loaded-idle baseline says of one run.
struct Baseline {
  Watts power;  ///< mean of the loaded-idle windows, over the device channels
  Watts
      half_spread;  ///< half the difference between the window before and the one after the queries
};

/// Energy of the query window, per 1,000 queries; kInvalid when the run has none.
RunEnergy QueryEnergy(const RunRecord& run, Accounting accounting, Attribution attribution);
/// Loaded-idle watts of the channels that `device` attribution adds up; absent without a baseline.
std::optional<Baseline> LoadedIdle(const RunRecord& run, Accounting accounting);
/// Why marginal attribution cannot be had for these runs; empty when it can.
std::string MarginalRefusal(std::span<const RunRecord* const> runs);

/// Mean, spread and both intervals of `values` (per 1,000 queries, one per repeat) given the other
/// relative standard uncertainties of the mean. The expanded interval needs two repeats.
Estimate MakeEstimate(std::span<const double> values, std::span<const BudgetTerm> other_terms);

/// The budget of an estimate but for repeatability: sources, models, resolution, coverage; channels
/// of one source or rule count as fully correlated, different sources as independent.
std::vector<BudgetTerm> SourceTerms(std::span<const RunEnergy> runs);

}  // namespace permille
