// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meter/meter.h"

namespace permille {

/// A meter of constant power: `cpu=50W,ram=3W,gpu=200W`. Its joules are `assumed`, so that they can
/// never pass for a measurement. For trying out and testing.
Result<std::unique_ptr<Meter>> MakeFakeMeter(const MeterOptions& options,
                                             std::string_view argument);
std::vector<SourceReport> ProbeFake(const MeterOptions& options);

}  // namespace permille
