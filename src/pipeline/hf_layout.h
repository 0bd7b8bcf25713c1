// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "pipeline/graph_predictor.h"
#include "pipeline/pipeline.h"
#include "prep/json_field.h"

namespace permille {

/// Whether a folder holds a model in Hugging Face layout, that is, a config.json.
bool IsHfFolder(const std::string& folder);
/// The graph of such a folder: onnx/model.onnx, else the first of onnx/model*.onnx, else
/// model.onnx.
Result<std::string> FindHfGraph(const std::string& folder);

/// Join a config (config.json, or `config` of a model YAML) with a tokenizer: labels, activation,
/// the longest sequence and the size of the embedding. kInvalid when the vocabulary is larger than
/// the embedding.
Result<GraphModel> DescribeClassifier(const JsonField& config, std::unique_ptr<Tokenizer> tokenizer,
                                      const std::string& origin);
/// The same for a whole folder.
Result<GraphModel> DescribeHfClassifier(const std::string& folder);

}  // namespace permille
