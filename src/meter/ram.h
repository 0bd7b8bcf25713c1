// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/meter.h"

namespace permille {

/// Make the meter of memory: one kBytes channel "ram-size" that reads the bytes in use
/// (MemTotal - MemAvailable) and states bytes_total as a fact, from which power/ models watts. A
/// control group's limit below bytes_total is the fact cgroup_limit_bytes: memory draws power
/// whoever may use it, so the limit never replaces the total here. `argument` must be empty.
Result<std::unique_ptr<Meter>> MakeRamMeter(const MeterOptions& options, std::string_view argument);
std::vector<SourceReport> ProbeRam(const MeterOptions& options);

}  // namespace permille
