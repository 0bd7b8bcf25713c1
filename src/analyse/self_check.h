// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analyse/study.h"

namespace permille {

/// A/A: the last half of every cell's repeats against its first half, in which nothing changed.
/// Share of the cells whose interval holds 1, paired by block with the blocks' effects taken off
/// and, for comparison, by Welch on the bare repeats; 95 % is what both promise. No rows where no
/// cell has four repeats.
DataTable SelfCheck(const StudyInput& study);

}  // namespace permille
