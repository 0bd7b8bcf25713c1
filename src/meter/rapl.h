// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/meter.h"

namespace permille {

/// Make the meter of RAPL's energy counters as /sys/class/powercap shows them (Intel, and AMD from
/// Linux 5.11 on): every readable package, dram, core, uncore and psys domain. `argument`: the read
/// period, "1ms"; empty for 10 ms. kNotFound or kUnavailable, with cause and remedy, when no domain
/// can be read.
Result<std::unique_ptr<Meter>> MakeRaplMeter(const MeterOptions& options,
                                             std::string_view argument);
/// One report per component. Reads for up to 50 ms to detect the update period.
std::vector<SourceReport> ProbeRapl(const MeterOptions& options);

}  // namespace permille
