// SPDX-License-Identifier: Apache-2.0
#include "pipeline/generation_model.h"

#include <filesystem>

#include "pipeline/hf_layout.h"
#include "pipeline/settings_folder.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

/// The parts of a generating model among the graphs of its folder.
struct PartNames {
  std::string encoder, decoder, with_past;
};

Result<PartNames> ChooseParts(const ModelFiles& files) {
  const auto has = [&](const char* part) { return files.graphs.contains(part); };
  PartNames parts;
  if (has("encoder_model")) parts.encoder = "encoder_model";
  if (has("decoder_model_merged")) {
    parts.decoder = "decoder_model_merged";
  } else if (parts.encoder.empty() && has("model")) {
    parts.decoder = "model";
  } else if (has("decoder_model")) {
    parts.decoder = "decoder_model";
    if (has("decoder_with_past_model")) parts.with_past = "decoder_with_past_model";
  }
  if (!parts.decoder.empty()) return parts;
  return Fail(ErrorCode::kInvalid,
              "{}: no graph that generates text: looked for {} (export it with past keys and "
              "values)",
              files.folder,
              parts.encoder.empty() ? "model, decoder_model_merged, decoder_model"
                                    : "decoder_model_merged, decoder_model beside encoder_model");
}

class PartLoader {
 public:
  PartLoader(const ModelFiles& files, const PredictorOptions& options, TensorEngine& engine)
      : files_(files), options_(options), engine_(engine) {}
  Result<std::unique_ptr<TensorSession>> Load(const std::string& part) const {
    if (part.empty()) return std::unique_ptr<TensorSession>();
    const std::string& graph = files_.graphs.at(part);
    PERMILLE_ASSIGN(const WeightsSource weights, PartWeights(graph, options_.weights, part));
    return engine_.Load(graph, weights, options_.session);
  }

 private:
  const ModelFiles& files_;
  const PredictorOptions& options_;
  TensorEngine& engine_;
};

Result<DecoderGraphs> LoadGraphs(const ModelFiles& files, const PredictorOptions& options,
                                 TensorEngine& engine) {
  PERMILLE_ASSIGN(const PartNames parts, ChooseParts(files));
  const PartLoader loader(files, options, engine);
  DecoderGraphs graphs;
  PERMILLE_ASSIGN(graphs.encoder, loader.Load(parts.encoder));
  PERMILLE_ASSIGN(graphs.decoder, loader.Load(parts.decoder));
  PERMILLE_ASSIGN(graphs.with_past, loader.Load(parts.with_past));
  return graphs;
}

Result<std::optional<std::int64_t>> FirstOf(const JsonField& text,
                                            std::initializer_list<const char*> keys) {
  PERMILLE_ASSIGN(const std::string type, text["model_type"].StringOr(""));
  // T5's n_positions is a length it was trained on: its positions are relative.
  if (type.find("t5") != std::string::npos || type == "bloom") return std::nullopt;
  for (const char* key : keys) {
    if (!text[key].exists()) continue;
    PERMILLE_ASSIGN(const std::int64_t count, text[key].Integer());
    return count;
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::int64_t>> DecoderPositions(const JsonField& text) {
  return FirstOf(text,
                 {"max_decoder_position_embeddings", "max_position_embeddings", "n_positions"});
}

Result<std::optional<std::int64_t>> EncoderPositions(const JsonField& text) {
  return FirstOf(text, {"max_encoder_position_embeddings", "max_position_embeddings"});
}

Result<ModelConfigs> ReadModelConfigs(const ModelFiles& files, const WeightsSource& weights) {
  const auto folder = [&](SettingsKind kind) { return SettingsFolder(files, weights, kind); };
  const std::string path = folder(SettingsKind::kGeneration) + "/generation_config.json";
  std::error_code error;
  PERMILLE_ASSIGN(JsonDocument config,
                  JsonDocument::Read(folder(SettingsKind::kConfig) + "/config.json"));
  if (fs::is_regular_file(path, error)) {
    PERMILLE_ASSIGN(JsonDocument generation, JsonDocument::Read(path));
    return ModelConfigs{std::move(config), std::move(generation)};
  }
  PERMILLE_ASSIGN(JsonDocument nothing, JsonDocument::Parse("null", path));
  return ModelConfigs{std::move(config), std::move(nothing)};
}

Result<GenerationModel> LoadGenerationModel(const ModelFiles& files,
                                            const PredictorOptions& options, GenerationPlan plan) {
  GenerationModel model;
  model.origin = files.id;
  model.settings = std::move(plan.settings);
  model.random_weights = options.weights.kind == WeightsSource::Kind::kRandom;
  if (model.random_weights) model.settings.ignore_eos = true;
  PERMILLE_ASSIGN(model.tokenizer,
                  LoadTokenizer(SettingsFolder(files, options.weights, SettingsKind::kTokenizer)));
  DecoderFacts facts;
  facts.origin = files.id;
  PERMILLE_ASSIGN(facts.positions, DecoderPositions(plan.text));
  if (const JsonField size = plan.text["vocab_size"]; size.exists()) {
    PERMILLE_ASSIGN(facts.vocabulary, size.Integer());
    if (model.tokenizer->id_limit() > *facts.vocabulary) {
      return Fail(ErrorCode::kInvalid,
                  "{}: the vocabulary has ids up to {}, but {} is {}: tokenizer and model do not "
                  "belong together",
                  files.folder, model.tokenizer->id_limit() - 1, size.place(), *facts.vocabulary);
    }
  }
  if (!options.engine) {
    PERMILLE_ASSIGN(model.engine, MakeOnnxEngine(options.session.library));
  }
  TensorEngine& engine = options.engine ? *options.engine : *model.engine;
  PERMILLE_ASSIGN(DecoderGraphs graphs, LoadGraphs(files, options, engine));
  // decoder_with_past_model holds the decoder's weights a second time.
  if (graphs.encoder) model.parameters += graphs.encoder->parameters();
  model.parameters += graphs.decoder->parameters();
  Clock& clock = options.clock ? *options.clock : SteadyClock();
  PERMILLE_ASSIGN(model.runner, DecoderRunner::Make(std::move(graphs), std::move(facts), clock));
  return model;
}

}  // namespace permille
