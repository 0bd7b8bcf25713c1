// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "pipeline/task_options.h"

namespace permille {

/// The options of a task by the names that records use (`Stated`): what a study's file gives a
/// cell. An unknown name is kInvalid with "did you mean", as is a value of another kind.
Result<TaskOptions> ParseTaskOptions(const std::map<std::string, std::string>& options);

}  // namespace permille
