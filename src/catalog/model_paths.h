// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace permille {

/// Every entry.yaml of models/, in order of path, for LoadModelEntry: who wants the others although
/// one is damaged loads them one by one, where LoadModels fails.
Result<std::vector<std::string>> ModelEntryPaths();

}  // namespace permille
