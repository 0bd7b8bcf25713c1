// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "power/power.h"
#include "record/channel.h"
#include "record/window.h"

// From one window's observations to joules per channel, and which of them may be added up. The same
// rules serve the report and the programs that embed the meters.

namespace permille {

/// Joules of one channel in one window, under one accounting. Points into the list of channels that
/// it was made from.
struct ChannelEnergy {
  const Channel* channel = nullptr;
  Joules energy;
  Provenance provenance = Provenance::kMeasured;
  std::string rule;                            ///< how modelled or assumed joules were made
  double coverage = 0;                         ///< fraction of the window that good readings bound
  std::optional<double> standard_uncertainty;  ///< relative: of the source, or of the rule
  double resolution = 0;  ///< relative: counts and update period at the two edges
};

/// What the rules need to know of the machine besides its channels.
struct MachineFacts {
  CpuFacts cpu;
  bool arm = false;
};

/// What the cpu-load channel says of the processors; its TDP only where a fact states one. Looking
/// it up in the catalog is the caller's part.
CpuFacts ProcessorOf(std::span<const Channel> channels);

/// The joules that count in `window` under `accounting`: cross-checks left out (or, for the
/// CodeCarbon rules, the channels those rules look at), load and bytes turned into joules. Channels
/// contained in another stay in: choosing among them is for the functions below. Channels that
/// could not be read are absent.
std::vector<ChannelEnergy> WindowEnergies(std::span<const Channel> channels, const Window& window,
                                          Accounting accounting, const MachineFacts& machine);

/// Everything read (attribution `machine`), no joule twice: no channel inside another, however many
/// levels up, and no modelled joules where the whole board is read.
std::vector<ChannelEnergy> MachineChannels(std::span<const Channel> channels,
                                           const std::vector<ChannelEnergy>& energies);
/// Only the devices that the work used (attribution `device`); where none of them could be read,
/// the whole machine.
std::vector<ChannelEnergy> DeviceChannels(std::span<const Channel> channels,
                                          const std::vector<ChannelEnergy>& energies);

/// Flags "cross_check:<channel>" for channels whose second source differs by more than 5 %.
std::vector<std::string> CrossCheckFlags(std::span<const Channel> channels, const Window& window);

}  // namespace permille
