// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace permille {

struct WallImport {
  std::string store;
  std::string run;      ///< empty: every run of the store
  bool strict = false;  ///< a row or a run that cannot be used fails the import
  bool json = false;
};

/// Lay a wall meter's log over the runs of a store (or one of them), keep what it saw of their
/// windows in the store and print it. Gives the exit code: 3 where it fits some runs and not
/// others.
Result<int> ImportWall(const std::string& log, const WallImport& options);

}  // namespace permille
