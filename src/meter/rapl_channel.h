// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "meter/machine.h"
#include "record/channel.h"

// What RAPL's domains mean, whichever way they are read: powercap (rapl.h) and perf_event (perf.h)
// state the same counters under the same ids.

namespace permille {

enum class RaplKind { kPackage, kDram, kCore, kUncore, kPsys };

/// Which domain of which package. `die` only where the dies of a package count apart.
struct RaplPlace {
  RaplKind kind = RaplKind::kPackage;
  int package = 0;
  std::optional<int> die;
  auto operator<=>(const RaplPlace&) const = default;
};

/// package-0, dram-1, package-0-die-1.
std::string RaplId(const RaplPlace& place);

/// What a domain's joules are spent on: dram is kRam, psys kBoard, the rest kCpu.
Component ComponentOf(RaplKind kind);

/// Update period of the energy counters: about 1 ms (Intel SDM volume 3, "RAPL Interfaces").
inline constexpr Seconds kRaplUpdatePeriod(1e-3);
/// How often RAPL is read where the user does not say. The counters add up by themselves, so
/// reading in between serves gaps and wraps alone; 100 Hz costs a tenth of what 1 kHz does.
inline constexpr Seconds kRaplReadPeriod(10e-3);

/// Parse the argument of a RAPL meter, a read period such as "1ms" or "0.5s"; empty:
/// kRaplReadPeriod. kInvalid when it is not a time from 100 us to 10 s.
Result<Seconds> ParseRaplReadPeriod(std::string_view meter, std::string_view argument);

/// Whether the dies of one package show one and the same counter. So on AMD and Hygon, whose
/// package energy is counted once per socket (Linux, "perf/x86/rapl: Fix the energy-pkg event for
/// AMD CPUs"; CodeCarbon issue 1274: 68 W shown by each of two dies of a 68 W Threadripper). Intel
/// counts each die of a package.
bool DiesShareCounters(const Machine& machine);

/// Whether `place` is cores or uncore of a package that is not among `places`. Alone they would
/// pass for all of the processor, so meters leave them out.
bool LacksItsPackage(const RaplPlace& place, const std::vector<RaplPlace>& places);

/// Describe the channels of `places` as read by `source`, in their order: ids, components, what
/// they cover, how the processor makes the figure. Links them so that nothing is added twice: core
/// and uncore are part of their package; package and dram of psys, where there is one. dram is not
/// part of package.
std::vector<Channel> DescribeRaplChannels(const std::vector<RaplPlace>& places,
                                          std::string_view source, const Machine& machine);

}  // namespace permille
