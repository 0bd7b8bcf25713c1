// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "meter/machine.h"
#include "meter/rapl_channel.h"

namespace permille {

/// One event to open: which counter, how the PMU names it, on which processor.
struct PowerEvent {
  RaplPlace place;
  unsigned long long config = 0;
  Joules count;  ///< joules of one count: energy-pkg.scale
  int cpu = 0;
};

/// The perf_event PMU "power" as <root>/sys/bus/event_source/devices/power describes it.
struct PowerPmu {
  std::optional<unsigned> type;  ///< absent: there is no such PMU
  std::vector<PowerEvent> events;
  std::vector<std::string> notes;  ///< events left out, and why
};

/// Read it: an event for each domain and package, the packages being those of the processors in
/// cpumask. psys counts the platform, so it is opened once. Where dies share a counter, a package
/// is opened once.
PowerPmu ReadPowerPmu(const std::string& root, const Machine& machine);

}  // namespace permille
