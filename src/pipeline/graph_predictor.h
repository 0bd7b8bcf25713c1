// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "pipeline/classification_head.h"
#include "pipeline/graph_inputs.h"
#include "pipeline/pipeline.h"

namespace permille {

/// What there is to know about a model before its graph is loaded.
struct GraphModel {
  InputPlan inputs;
  std::optional<HeadOptions> head;  ///< absent: outputs are only checked to be finite
  std::vector<std::pair<std::string, std::string>> facts;
};

/// Load the graph and join it with its inputs and head. The predictor runs the graph once a call.
Result<LoadedPredictor> LoadGraphModel(const ModelFiles& files, const PredictorOptions& options,
                                       GraphModel model);

}  // namespace permille
