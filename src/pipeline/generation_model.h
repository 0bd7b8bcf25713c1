// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/decoder_runner.h"
#include "pipeline/generation_settings.h"
#include "pipeline/pipeline.h"
#include "prep/json_field.h"
#include "prep/tokenizer.h"

namespace permille {

/// A model in Hugging Face layout that generates text, loaded.
struct GenerationModel {
  std::string origin;                    ///< its id, for errors
  std::unique_ptr<TensorEngine> engine;  ///< its own, if it was not lent one
  std::unique_ptr<DecoderRunner> runner;
  std::unique_ptr<Tokenizer> tokenizer;
  GenerationSettings settings;
  std::int64_t parameters = 0;
  bool random_weights = false;
  std::int64_t pad() const { return tokenizer->special().pad.value_or(settings.pad.value_or(0)); }
};

/// What a task has to say about a model before its graphs are loaded.
struct GenerationPlan {
  JsonField text;  ///< the part of config.json that describes the decoder
  GenerationSettings settings;
};

/// Tokens that the decoder, or the encoder, of a text model has positions for; absent where
/// positions are relative or computed.
Result<std::optional<std::int64_t>> DecoderPositions(const JsonField& text);
Result<std::optional<std::int64_t>> EncoderPositions(const JsonField& text);

/// config.json and generation_config.json of a folder; the latter is empty where there is none.
struct ModelConfigs {
  JsonDocument config;
  JsonDocument generation;
};
Result<ModelConfigs> ReadModelConfigs(const ModelFiles& files, const WeightsSource& weights);

/// Load tokenizer and graphs: encoder_model, decoder_model_merged or decoder_model with
/// decoder_with_past_model, or model. With random weights no text ends before its longest length.
Result<GenerationModel> LoadGenerationModel(const ModelFiles& files,
                                            const PredictorOptions& options, GenerationPlan plan);

}  // namespace permille
