// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/meter.h"

namespace permille {

/// Make the NVIDIA meter: the total energy counter of every GPU NVML shows (`gpu-<index>`,
/// measured) with its power samples as a cross-check (`gpu-<index>-power`), or, where a GPU has no
/// working counter, the power alone
/// (`gpu-<index>`, derived). GPUs the work does not use are read as present-not-used; under MIG the
/// joules are the whole parent's. A GPU of which nothing can be read keeps its channel, whose
/// readings are all gaps.
///
/// Source: MeterOptions::nvml_library, opened here and never linked. `argument` must be empty.
/// kNotFound: no GPU, driver or library; kUnavailable: it is there and cannot be used; kInvalid: a
/// wrong --gpu.
Result<std::unique_ptr<Meter>> MakeNvmlMeter(const MeterOptions& options,
                                             std::string_view argument);
std::vector<SourceReport> ProbeNvml(const MeterOptions& options);

}  // namespace permille
