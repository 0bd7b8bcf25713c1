// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/meter.h"

namespace permille {

/// Make the meter of HPE Cray's node counters, /sys/cray/pm_counters: energy of the node, and
/// inside it of processors, memory and accelerators. The counters are renewed together about ten
/// times a second, which `freshness` counts; readings taken across a renewal are taken again, and
/// counters that stay the same for long are failed reads, not rest. `argument` must be empty.
Result<std::unique_ptr<Meter>> MakeCrayMeter(const MeterOptions& options,
                                             std::string_view argument);
/// One report per component.
std::vector<SourceReport> ProbeCray(const MeterOptions& options);

}  // namespace permille
