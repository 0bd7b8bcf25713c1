// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/classification_head.h"
#include "pipeline/graph_inputs.h"

namespace permille {

/// What a model's files say of its graph before it is loaded: where inputs come from, and the
/// labels.
struct GraphModel {
  InputPlan inputs;
  std::optional<HeadOptions> head;  ///< absent: outputs are only checked to be finite
  std::vector<std::pair<std::string, std::string>> facts;
};

}  // namespace permille
