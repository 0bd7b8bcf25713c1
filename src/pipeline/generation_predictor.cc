// SPDX-License-Identifier: Apache-2.0
#include "pipeline/generation_predictor.h"

#include <algorithm>
#include <utility>

namespace permille {
namespace {

std::string Strategy(const GenerationSettings& settings) {
  std::string text = settings.do_sample ? "sampling" : "greedy";
  if (settings.num_beams > 1) {
    text = fmt::format("{} beams{}", settings.num_beams, settings.do_sample ? ", sampling" : "");
  }
  if (settings.do_sample) {
    text += fmt::format(" (temperature {}, top_k {}, top_p {}, seed {})", settings.temperature,
                        settings.top_k, settings.top_p, settings.seed);
  }
  return text;
}

/// FNV-1a, the published 64-bit constants.
std::uint64_t HashOf(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325U ^ (seed * 0x9e3779b97f4a7c15U);
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return hash;
}

}  // namespace

Result<std::vector<GeneratedSequence>> GenerationPredictor::Run() {
  model_.runner->Reset();
  if (model_.runner->has_encoder()) {
    PERMILLE_TRY(model_.runner->Encode(call_.encoder_inputs, call_.encoder_mask));
  }
  return Generate(*model_.runner, call_.prompts, model_.settings);
}

Prediction GenerationPredictor::Read(const Sample& sample, const GeneratedSequence& sequence,
                                     std::size_t padding) {
  Prediction prediction;
  prediction.output_tokens = static_cast<std::int64_t>(sequence.ids.size() - sequence.prompt);
  prediction.finite = sequence.finite;
  prediction.text =
      task_->Read(sample, std::span(sequence.ids).subspan(padding), sequence.prompt - padding);
  return prediction;
}

Result<Answer> GenerationPredictor::Predict(std::span<const Sample> batch) {
  Answer answer;
  if (batch.empty()) return answer;
  const Instant begin = clock_.Now();
  PERMILLE_TRY(task_->Prepare(batch, call_));
  const Instant prepared = clock_.Now();
  PERMILLE_ASSIGN(sequences_, Run());
  const Instant generated = clock_.Now();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::size_t padding = call_.prompts.padding[i];
    answer.predictions.push_back(Read(batch[i], sequences_[i], padding));
    answer.predictions.back().input_tokens = call_.input_tokens[i];
  }
  answer.phases.preprocess = prepared - begin;
  answer.phases.prefill = model_.runner->begun() - prepared;
  answer.phases.decode = generated - model_.runner->begun();
  answer.phases.forward = model_.runner->forward();
  answer.phases.postprocess = clock_.Now() - generated;
  return answer;
}

std::vector<std::pair<std::string, std::string>> GenerationPredictor::facts() const {
  const auto sessions = model_.runner->sessions();
  auto facts = sessions.front()->facts();
  const GenerationSettings& settings = model_.settings;
  facts.emplace_back("decoding", Strategy(settings));
  facts.emplace_back("max_tokens", settings.max_new_tokens
                                       ? fmt::format("{} new", *settings.max_new_tokens)
                                       : std::to_string(settings.max_length));
  if (settings.ignore_eos) facts.emplace_back("end_of_text", "ignored");
  double weights = 0;
  for (const TensorSession* session : sessions) {
    weights += session->memory().weights.value_or(Bytes(0)).value();
  }
  facts.emplace_back("memory_weights_bytes", fmt::format("{:.0f}", weights));
  const MemoryFigures last = sessions.back()->memory();
  if (last.rss_after) {
    facts.emplace_back("memory_rss_after_load_bytes",
                       fmt::format("{:.0f}", last.rss_after->value()));
  }
  if (last.rss_peak) {
    facts.emplace_back("memory_rss_peak_bytes", fmt::format("{:.0f}", last.rss_peak->value()));
  }
  return facts;
}

void FillPrompts(std::vector<std::vector<std::int64_t>> rows, std::int64_t pad,
                 std::span<const Sample> batch, std::uint64_t seed, PromptBatch& out) {
  out.length = 0;
  out.padding.clear();
  out.seeds.clear();
  for (const auto& row : rows) out.length = std::max(out.length, row.size());
  for (auto& row : rows) {
    out.padding.push_back(out.length - row.size());
    row.insert(row.begin(), out.padding.back(), pad);
  }
  for (const Sample& sample : batch) out.seeds.push_back(HashOf(sample.id, seed));
  out.rows = std::move(rows);
}

LoadedPredictor MakeGenerationPredictor(GenerationModel model, std::unique_ptr<GenerationTask> task,
                                        const PredictorOptions& options) {
  LoadedPredictor loaded;
  loaded.weights = model.random_weights ? "random" : "trained";
  loaded.tokens = model.tokenizer->source();
  loaded.parameters = model.parameters;
  Clock& clock = options.clock ? *options.clock : SteadyClock();
  loaded.predictor =
      std::make_unique<GenerationPredictor>(std::move(model), std::move(task), clock);
  return loaded;
}

}  // namespace permille
