// SPDX-License-Identifier: Apache-2.0
#include "pipeline/graph_predictor.h"

#include <optional>

#include "base/clock.h"
#include "pipeline/hf_layout.h"

namespace permille {
namespace {

class GraphPredictor : public Predictor {
 public:
  GraphPredictor(std::unique_ptr<TensorEngine> engine, std::unique_ptr<TensorSession> session,
                 std::unique_ptr<GraphTask> task, Clock& clock)
      : engine_(std::move(engine)),
        session_(std::move(session)),
        task_(std::move(task)),
        clock_(clock) {}

  Result<Answer> Predict(std::span<const Sample> batch) override;
  void Cancel() override { session_->Cancel(); }
  std::vector<std::pair<std::string, std::string>> facts() const override;

 private:
  std::unique_ptr<TensorEngine> engine_;  // declared first: the session uses it to the end
  std::unique_ptr<TensorSession> session_;
  std::unique_ptr<GraphTask> task_;
  Clock& clock_;
};

Result<Answer> GraphPredictor::Predict(std::span<const Sample> batch) {
  Answer answer;
  if (batch.empty()) return answer;
  Instant begin = clock_.Now();
  answer.predictions.resize(batch.size());
  PERMILLE_ASSIGN(const std::size_t runs, task_->Begin(batch));
  PhaseTimes& phases = answer.phases;
  for (std::size_t run = 0; run < runs; ++run) {
    PERMILLE_ASSIGN(const auto views, task_->Inputs(run));
    const Instant filled = clock_.Now();
    const auto outputs = session_->Run(views);
    const Instant ran = clock_.Now();
    if (!outputs) return Fail(task_->Explain(outputs.error()));
    PERMILLE_TRY(task_->Read(run, *outputs, answer.predictions));
    phases.preprocess += filled - begin;
    phases.forward += ran - filled;
    begin = clock_.Now();
    phases.postprocess += begin - ran;
  }
  return answer;
}

std::vector<std::pair<std::string, std::string>> GraphPredictor::facts() const {
  auto facts = session_->facts();
  auto more = task_->facts();
  facts.insert(facts.end(), more.begin(), more.end());
  AppendMemoryFacts(session_->memory(), facts);
  return facts;
}

}  // namespace

void AppendMemoryFacts(const MemoryFigures& memory,
                       std::vector<std::pair<std::string, std::string>>& facts) {
  const auto add = [&facts](const char* name, const std::optional<Bytes>& bytes) {
    if (bytes) facts.emplace_back(name, fmt::format("{:.0f}", bytes->value()));
  };
  add("memory_weights_bytes", memory.weights);
  add("memory_rss_after_load_bytes", memory.rss_after);
  add("memory_rss_peak_bytes", memory.rss_peak);
}

Result<LoadedPredictor> LoadGraphTask(const ModelFiles& files, const PredictorOptions& options,
                                      std::unique_ptr<GraphTask> task) {
  std::unique_ptr<TensorEngine> own;
  if (!options.engine) {
    PERMILLE_ASSIGN(own, MakeOnnxEngine(options.session.library));
  }
  TensorEngine& engine = options.engine ? *options.engine : *own;
  PERMILLE_ASSIGN(const WeightsSource weights, PartWeights(files.graph, options.weights));
  PERMILLE_ASSIGN(auto session, engine.Load(files.graph, weights, options.session));
  PERMILLE_TRY(task->Bind(session->inputs(), session->outputs()));
  LoadedPredictor loaded;
  loaded.parameters = session->parameters();
  loaded.weights = options.weights.kind == WeightsSource::Kind::kRandom ? "random" : "trained";
  loaded.tokens = task->tokens();
  Clock& clock = options.clock ? *options.clock : SteadyClock();
  loaded.predictor =
      std::make_unique<GraphPredictor>(std::move(own), std::move(session), std::move(task), clock);
  return loaded;
}

}  // namespace permille
