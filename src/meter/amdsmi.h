// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/meter.h"

namespace permille {

/// Make the AMD meter: the energy accumulator of every GPU amdsmi shows (`gpu-<index>`, measured)
/// with its socket power as a cross-check (`gpu-<index>-power`), or, where the accumulator is
/// missing, stands still or contradicts the power, the power alone (`gpu-<index>`, derived). The
/// second die of an MI250 keeps a channel that is `part_of` the first one's and reads as a gap: the
/// first one's joules are both dies'. An accumulator that stops for two seconds while the GPU draws
/// power is a gap from then on, not 0 J.
///
/// Source: MeterOptions::amdsmi_library, opened here and never linked. Which GPUs the work uses is
/// taken from
/// --gpu or CUDA_VISIBLE_DEVICES, which HIP honours. Takes 50 to 500 ms of MeterOptions::clock, in
/// which the accumulators are watched. Failures as for MakeNvmlMeter.
Result<std::unique_ptr<Meter>> MakeAmdsmiMeter(const MeterOptions& options,
                                               std::string_view argument);
std::vector<SourceReport> ProbeAmdsmi(const MeterOptions& options);

}  // namespace permille
