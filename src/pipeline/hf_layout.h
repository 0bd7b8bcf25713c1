// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "pipeline/graph_model.h"
#include "pipeline/pipeline.h"
#include "prep/json_field.h"

namespace permille {

/// Whether a folder holds a model in Hugging Face layout: a config.json, or the model_index.json of
/// diffusers.
bool IsHfFolder(const std::string& folder);

/// Every graph (.onnx, .onnx.zst) of such a folder by its part: the stem of files in onnx/ and in
/// the folder itself (model, encoder_model, decoder_model, ...), and, for diffusers, the name of
/// the folder that holds a model.onnx (unet, text_encoder, ...). Where both lie, onnx/ wins, and
/// .onnx before .onnx.zst.
Result<std::map<std::string, std::string>> FindHfGraphs(const std::string& folder);

/// The part of `graphs` that stands for the model: model, else the first model*, else the first by
/// name. `graphs` is not empty.
const std::string& MainGraph(const std::map<std::string, std::string>& graphs);

/// Where the weights of one graph come from: as asked for (of a folder asked for, its folder of the
/// part's name, where there is one; `part`: when the graph's own folder is not called so), and for
/// a weightless graph (.onnx.zst) that nothing was asked for, the *.safetensors beside it, of the
/// part vae_decoder in vae/, or one folder up. kInvalid when there is none.
Result<WeightsSource> PartWeights(const std::string& graph, const WeightsSource& asked,
                                  const std::string& part = {});

/// Join a config (config.json, or `config` of a model YAML) with a tokenizer: labels, activation,
/// the longest sequence and the size of the embedding. kInvalid when the vocabulary is larger than
/// the embedding.
Result<GraphModel> DescribeClassifier(const JsonField& config, std::unique_ptr<Tokenizer> tokenizer,
                                      const std::string& origin);
/// The same for the config.json of a folder and the tokenizer of one, mostly the same.
Result<GraphModel> DescribeHfClassifier(const std::string& folder, const std::string& tokenizer);

}  // namespace permille
