// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analyse/study.h"

namespace permille {

/// The study's claims, each with an estimate from this store, a 95 % interval (delete-one-repeat
/// jackknife, Student t) and a verdict (holds, fails, inconclusive, other hardware, not in this
/// store), under each attribution, and how the printed number agrees with the rule that gives it.
DataTable StudyClaims(const StudyInput& study);

}  // namespace permille
