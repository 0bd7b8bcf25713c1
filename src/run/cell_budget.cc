// SPDX-License-Identifier: Apache-2.0
#include "run/cell_budget.h"

#include <algorithm>

namespace permille {
namespace {

// A repeat may come out a little longer than the one before it.
constexpr double kMostOfIt = 0.9;

}  // namespace

Seconds NextShare(Seconds budget, Seconds spent, int left, Seconds idle) {
  const Seconds rest = std::max(Seconds(0), budget - spent - idle);
  return idle + rest / static_cast<double>(std::max(left, 1));
}

bool AnotherFits(Seconds budget, Seconds spent, Seconds busy) {
  return spent < budget && budget - spent >= busy * kMostOfIt;
}

}  // namespace permille
