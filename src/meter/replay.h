// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/meter.h"

namespace permille {

/// A meter that plays a recorded or constructed trace of raw readings (docs/formats/replay.md) on
/// the clock of MeterOptions: wraps, failed reads, idle GPUs, other load and all. `argument` is the
/// file.
Result<std::unique_ptr<Meter>> MakeReplayMeter(const MeterOptions& options,
                                               std::string_view argument);
std::vector<SourceReport> ProbeReplay(const MeterOptions& options);

}  // namespace permille
