// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/engine.h"
#include "pipeline/task_options.h"

// One file per task: prep, engine and decoding joined into a Predictor that returns what the
// Hugging Face pipeline of that name returns. kPipelines[] in pipeline.cc is the table.

namespace permille {

/// Where a model's files are and what is known of them before loading.
struct ModelFiles {
  std::string id;      ///< what the record calls it
  std::string folder;  ///< Hugging Face layout: config.json, tokenizer.json, onnx/model*.onnx
  std::string graph;   ///< .onnx or .onnx.zst; of several the first that runs
  /// Every graph by the name of its part: model, encoder_model, decoder_model,
  /// decoder_with_past_model, decoder_model_merged, unet, text_encoder, vae_decoder, ...
  std::map<std::string, std::string> graphs;
  std::string
      entry_yaml;    ///< models/ entry or a user's model YAML; empty for a Hugging Face folder
  std::string task;  ///< as an entry states it; empty for a bare folder
  bool weightless = false;
  /// As an entry states them: a tensor that several graphs share counts once, which their sessions
  /// cannot tell.
  std::optional<std::int64_t> parameters;
  std::string revision;  ///< hash of the graph file
};

/// Find a model: an id of models/, a folder in Hugging Face layout, or a model YAML. Unknown:
/// kNotFound with "did you mean" and what was looked for.
Result<ModelFiles> FindModel(std::string_view model);

struct PredictorOptions {
  std::string task;
  TaskOptions task_options;
  WeightsSource weights;
  SessionOptions session;
  Clock* clock = nullptr;  ///< for phase times; empty: SteadyClock()
  /// The engine to load with; it must outlive the predictor. Empty: ONNX Runtime, opened for this
  /// predictor.
  TensorEngine* engine = nullptr;
};

/// A predictor and how its inputs and weights are to be called in the record.
struct LoadedPredictor {
  std::unique_ptr<Predictor> predictor;
  std::string weights;  ///< "trained" | "random"
  std::string tokens;   ///< "tokenizer" | "modelled" | ""
  std::int64_t parameters = 0;
};

/// Load `files` for `options.task`; a task without a pipeline is kInvalid and names those there
/// are.
Result<LoadedPredictor> MakePredictor(const ModelFiles& files, const PredictorOptions& options);

/// What is done once, before a load is measured: refuse weights that do not fit all parts of the
/// model, or not all in memory (CheckParts), and do on `options.engine`, if there is one, what only
/// random weights need (TensorEngine::Prepare).
Result<void> PreparePredictor(const ModelFiles& files, const PredictorOptions& options);

struct PipelineEntry {
  std::string_view task;
  std::string_view help;
  Result<LoadedPredictor> (*make)(const ModelFiles&, const PredictorOptions&);
};
std::span<const PipelineEntry> Pipelines();

}  // namespace permille
