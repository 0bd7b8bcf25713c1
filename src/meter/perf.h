// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/meter.h"

namespace permille {

/// Make the meter of RAPL's energy counters as the perf_event PMU "power" shows them: the joules of
/// rapl.h, in 64 bits that never wrap, without root where kernel.perf_event_paranoid allows. One
/// event for each domain and package, opened on the processors that the PMU's cpumask names.
/// `argument`: the read period, "1ms"; empty for 10 ms. kNotFound or kUnavailable, with cause and
/// remedy, when no event can be opened.
Result<std::unique_ptr<Meter>> MakePerfMeter(const MeterOptions& options,
                                             std::string_view argument);
/// One report per component, with a word where powercap shows other domains. Reads for up to 50 ms.
std::vector<SourceReport> ProbePerf(const MeterOptions& options);

}  // namespace permille
