// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/graph_task.h"
#include "pipeline/pipeline.h"

namespace permille {

/// Load `files.graph` and join it with its task. The predictor is the same for every task without a
/// loop; the phases are preprocess (Begin, Inputs), forward and postprocess (Read).
Result<LoadedPredictor> LoadGraphTask(const ModelFiles& files, const PredictorOptions& options,
                                      std::unique_ptr<GraphTask> task);

/// The memory of a session as facts of the environment.
void AppendMemoryFacts(const MemoryFigures& memory,
                       std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace permille
