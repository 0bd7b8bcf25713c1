// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "meter/machine.h"
#include "meter/rapl_channel.h"

namespace permille {

/// One energy counter of the powercap tree.
struct RaplDomain {
  RaplPlace place;
  std::string folder;  ///< holds energy_uj
  int read_error = 0;  ///< errno of a first read; 0: readable
  /// max_energy_range_uj, after which the counter restarts; absent where the kernel gives none that
  /// can be true. A guess from a counter's width would turn resets into joules.
  std::optional<Joules> range;
  /// One count of the hardware's 32-bit counter, whose largest value the range is (Linux,
  /// intel_rapl_common.c); at least the microjoule that energy_uj is rounded to.
  std::optional<Joules> resolution() const;
};

/// The powercap tree as found.
struct RaplTree {
  std::vector<RaplDomain> domains;  ///< each counter once, in the order of their ids
  /// Zones are named, and lead nowhere: container runtimes hide /sys/devices/virtual/powercap that
  /// way.
  bool masked = false;
  std::vector<std::string> notes;  ///< what was left out, and why
};

/// Find every RAPL domain under <root>/sys/class/powercap, or <root>/sys/devices/virtual/powercap
/// where that shows none: nested or flat, through symbolic links or not. A domain that the MSR and
/// the MMIO driver both show is listed once, and so is one that several AMD dies repeat. A psys
/// counter that stands at 0 is left out: firmware without platform sensors shows it so.
RaplTree FindRaplDomains(const std::string& root, const Machine& machine);

}  // namespace permille
