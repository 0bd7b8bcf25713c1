// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "record/run_record.h"

namespace permille {

/// When an imported run took place.
struct TimedRun {
  RunRecord* run = nullptr;
  std::string file;  ///< runs of one file belong together
  double time = 0;   ///< seconds since 1970
};

/// Give every run its repeat and its block. Scripts that compare models loop over them again and
/// again: the r-th run of a cell is its repeat r, and lies in the r-th pass of its session. Cells
/// of one file whose times overlap are one session; sessions apart share no block.
void RecoverBlocks(std::span<TimedRun> runs);

}  // namespace permille
