// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/meter.h"

namespace permille {

/// Make the meter of the whole machine's busy core-seconds, from /proc/stat: one kLoad channel
/// "cpu-load" whose facts (model_name, sockets, logical_cores, virtualised) let power/ turn load
/// into watts. Time the hypervisor stole and time waited for disks are not busy. `argument` must be
/// empty.
Result<std::unique_ptr<Meter>> MakeCpuLoadMeter(const MeterOptions& options,
                                                std::string_view argument);
std::vector<SourceReport> ProbeCpuLoad(const MeterOptions& options);

}  // namespace permille
