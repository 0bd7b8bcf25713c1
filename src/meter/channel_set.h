// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/result.h"
#include "record/channel.h"

namespace permille {

/// Settle how the channels of several meters relate. `channels` come in order of preference (best
/// source first, as Meters() lists them). Within a component the best source counts; channels of
/// other sources that state the same joules become cross-checks of it (`cross_check_of`), and their
/// ids get "@source" appended where two would be equal. GPUs of different vendors are different
/// devices and never cross-checks of each other. kInvalid when one source uses an id twice.
Result<std::vector<Channel>> ResolveChannels(std::vector<Channel> channels);

}  // namespace permille
