// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/units.h"

// How the time of a cell is shared among its repeats. A budget counts all that the cell does, from
// the first idle window to the last query; only drawing random weights comes before it.

namespace permille {

/// How long the next of `left` repeats may last when `spent` of the budget is gone: an equal share
/// of the rest, besides the `idle` seconds that this repeat alone waits.
Seconds NextShare(Seconds budget, Seconds spent, int left, Seconds idle);

/// Whether there is time for another repeat like the last, which took `busy` without idle windows.
/// A cut one would run on other samples than the rest.
bool AnotherFits(Seconds budget, Seconds spent, Seconds busy);

}  // namespace permille
