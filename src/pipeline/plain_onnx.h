// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "pipeline/graph_model.h"
#include "pipeline/pipeline.h"

namespace permille {

/// Read a model YAML (docs/formats/model.md): `inputs` and `outputs` of any graph, or `config` and
/// `tokens` of a Hugging Face architecture. `weights` decides whether a tokenizer beside a
/// .safetensors file replaces the stand-in. Errors name the file and the field.
Result<GraphModel> DescribeModelYaml(const ModelFiles& files, const WeightsSource& weights);

/// Whether a model YAML describes its graph's inputs one by one, so that the graph runs as it is
/// whatever its task.
Result<bool> ListsInputs(const std::string& yaml_path);

/// What of a model YAML can change a measurement, as text: part of the model's revision.
Result<std::string> DecisiveText(const std::string& yaml_path);

}  // namespace permille
