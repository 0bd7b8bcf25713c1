// SPDX-License-Identifier: Apache-2.0
#include "pipeline/graph_predictor.h"

#include <algorithm>

namespace permille {
namespace {

class GraphPredictor : public Predictor {
 public:
  GraphPredictor(std::unique_ptr<TensorEngine> engine, std::unique_ptr<TensorSession> session,
                 GraphInputs inputs, std::optional<ClassificationHead> head, Clock& clock)
      : engine_(std::move(engine)),
        session_(std::move(session)),
        inputs_(std::move(inputs)),
        head_(std::move(head)),
        clock_(clock) {}

  Result<Answer> Predict(std::span<const Sample> batch) override;
  void Cancel() override { session_->Cancel(); }
  std::vector<std::pair<std::string, std::string>> facts() const override;
  void AddFacts(std::vector<std::pair<std::string, std::string>> facts) {
    facts_ = std::move(facts);
  }

 private:
  Error Explain(Error error) const;

  std::unique_ptr<TensorEngine> engine_;  // declared first: the session uses it to the end
  std::unique_ptr<TensorSession> session_;
  GraphInputs inputs_;
  std::optional<ClassificationHead> head_;
  Clock& clock_;
  std::vector<std::pair<std::string, std::string>> facts_;
};

Result<Answer> GraphPredictor::Predict(std::span<const Sample> batch) {
  Answer answer;
  if (batch.empty()) return answer;
  const Instant begin = clock_.Now();
  PERMILLE_TRY(inputs_.Fill(batch));
  const Instant filled = clock_.Now();
  const auto outputs = session_->Run(inputs_.views());
  const Instant ran = clock_.Now();
  if (!outputs) return Fail(Explain(outputs.error()));
  answer.predictions.reserve(batch.size());
  if (head_) {
    PERMILLE_TRY(head_->Read(*outputs, batch.size(), answer.predictions));
  } else {
    Prediction prediction;
    prediction.finite = std::all_of(outputs->begin(), outputs->end(), IsFinite);
    answer.predictions.assign(batch.size(), prediction);
  }
  const auto counts = inputs_.token_counts();
  for (std::size_t i = 0; i < counts.size(); ++i) answer.predictions[i].input_tokens = counts[i];
  answer.phases.preprocess = filled - begin;
  answer.phases.forward = ran - filled;
  answer.phases.postprocess = clock_.Now() - ran;
  return answer;
}

/// An id past the embedding's last row is the usual reason for a graph that fails on text: say so.
Error GraphPredictor::Explain(Error error) const {
  if (error.code == ErrorCode::kEngine && inputs_.uses_tokens() && !inputs_.plan().vocab_size) {
    error.message += " (do vocabulary and model belong together?)";
  }
  return error;
}

std::vector<std::pair<std::string, std::string>> GraphPredictor::facts() const {
  auto facts = session_->facts();
  facts.insert(facts.end(), facts_.begin(), facts_.end());
  if (inputs_.max_length() > 0)
    facts.emplace_back("max_tokens", std::to_string(inputs_.max_length()));
  const MemoryFigures memory = session_->memory();
  const auto add = [&facts](const char* name, const std::optional<Bytes>& bytes) {
    if (bytes) facts.emplace_back(name, fmt::format("{:.0f}", bytes->value()));
  };
  add("memory_weights_bytes", memory.weights);
  add("memory_rss_after_load_bytes", memory.rss_after);
  add("memory_rss_peak_bytes", memory.rss_peak);
  return facts;
}

}  // namespace

Result<LoadedPredictor> LoadGraphModel(const ModelFiles& files, const PredictorOptions& options,
                                       GraphModel model) {
  std::unique_ptr<TensorEngine> own;
  if (!options.engine) {
    PERMILLE_ASSIGN(own, MakeOnnxEngine(options.session.library));
  }
  TensorEngine& engine = options.engine ? *options.engine : *own;
  PERMILLE_ASSIGN(auto session, engine.Load(files.graph, options.weights, options.session));
  LoadedPredictor loaded;
  loaded.parameters = session->parameters();
  loaded.weights = options.weights.kind == WeightsSource::Kind::kRandom ? "random" : "trained";
  PERMILLE_ASSIGN(GraphInputs inputs,
                  GraphInputs::Make(std::move(model.inputs), session->inputs()));
  if (inputs.uses_tokens()) {
    loaded.tokens = inputs.plan().tokenizer->source();
  } else if (!inputs.plan().words.empty()) {
    loaded.tokens = "tokenizer";
  }
  std::optional<ClassificationHead> head;
  if (model.head) {
    PERMILLE_ASSIGN(head, ClassificationHead::Make(std::move(*model.head), session->outputs()));
  }
  Clock& clock = options.clock ? *options.clock : SteadyClock();
  auto predictor = std::make_unique<GraphPredictor>(std::move(own), std::move(session),
                                                    std::move(inputs), std::move(head), clock);
  predictor->AddFacts(std::move(model.facts));
  loaded.predictor = std::move(predictor);
  return loaded;
}

}  // namespace permille
