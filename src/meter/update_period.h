// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "base/units.h"
#include "meter/meter.h"

namespace permille {

/// Measure how often channel `channel` really changes: read without pause until it has changed 20
/// times or `limit` has passed, and take the median time between changes. Absent when it changed
/// fewer than four times (an idle or slower source) or a read failed. Keeps a core busy meanwhile.
std::optional<Seconds> DetectUpdatePeriod(Meter& meter, std::size_t channel, Clock& clock,
                                          Seconds limit = Seconds(0.05));

}  // namespace permille
