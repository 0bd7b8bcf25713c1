// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"

namespace permille {

/// TDPs of processors as LoadCpuPower() gives them, but with a place of the library's own after
/// PERMILLE_DATA: <prefix>/share/permille of the tree libpermille was installed into. The catalog
/// itself looks beside the program, which for an embedded library is a stranger's.
Result<std::vector<CpuPowerEntry>> LoadInstalledCpuPower();

}  // namespace permille
