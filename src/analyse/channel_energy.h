// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyse/analyse.h"

namespace permille {

/// Joules of one channel in one window, under one accounting.
struct ChannelEnergy {
  const Channel* channel = nullptr;
  Joules energy;
  Provenance provenance = Provenance::kMeasured;
  std::string rule;
  double coverage = 0;
  double standard_uncertainty = 0;  ///< relative: of the source, or of the rule
  double resolution = 0;            ///< relative: counts and update period at the two edges
};

/// What the processors of a run are, from its cpu-load channel and the catalog's TDP table.
CpuFacts ProcessorOf(const RunRecord& run);

/// The joules that count in `window` under `accounting`: cross-checks left out (or, for the
/// CodeCarbon rules, the channels those rules look at), load and bytes turned into joules. Channels
/// contained in another stay in: choosing among them is attribution's (ChannelsFor). Channels that
/// could not be read are absent.
std::vector<ChannelEnergy> WindowEnergies(const RunRecord& run, const Window& window,
                                          Accounting accounting);

/// The channels that `attribution` adds up (marginal as device): never one inside another.
std::vector<ChannelEnergy> ChannelsFor(const std::vector<ChannelEnergy>& energies,
                                       Attribution attribution);

/// Channels whose cross-check (a second source of the same joules) differs by more than 5 %.
std::vector<std::string> CrossCheckFlags(const RunRecord& run, const Window& window);

}  // namespace permille
