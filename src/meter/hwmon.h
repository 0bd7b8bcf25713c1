// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/meter.h"

namespace permille {

/// Make the meter of the power and energy sensors in /sys/class/hwmon that stand for a whole board,
/// processor or rail: ACPI power meters, NVIDIA Grace sockets, Jetson's INA3221 rails, AMD and IBM
/// processors, Intel GPUs. NVIDIA and AMD GPUs are left to NVML and amdsmi; drives, fans and
/// batteries are no part of it. `argument` must be empty. kNotFound or kUnavailable, with cause,
/// when there is no such sensor.
Result<std::unique_ptr<Meter>> MakeHwmonMeter(const MeterOptions& options,
                                              std::string_view argument);
/// One report per component.
std::vector<SourceReport> ProbeHwmon(const MeterOptions& options);

}  // namespace permille
