// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "pipeline/generation_model.h"

namespace permille {

/// What a task makes of a batch of samples. The memory behind views and mask is the task's, and
/// stays until its next Prepare.
struct GenerationCall {
  std::vector<TensorView> encoder_inputs;  ///< empty: decoder only
  std::span<const std::int64_t> encoder_mask;
  PromptBatch prompts;
  std::vector<std::int64_t> input_tokens;  ///< of each sample
};

/// The two ends of a generating task: samples to prompts, and generated ids to what the Hugging
/// Face pipeline of that name returns.
class GenerationTask {
 public:
  virtual ~GenerationTask() = default;
  virtual Result<void> Prepare(std::span<const Sample> batch, GenerationCall& call) = 0;
  /// `ids`: prompt and result, padding taken off; the first `prompt` of them are the prompt.
  virtual std::string Read(const Sample& sample, std::span<const std::int64_t> ids,
                           std::size_t prompt) const = 0;
};

/// Runs a generating model for a task.
class GenerationPredictor : public Predictor {
 public:
  GenerationPredictor(GenerationModel model, std::unique_ptr<GenerationTask> task, Clock& clock)
      : model_(std::move(model)), task_(std::move(task)), clock_(clock) {}

  /// phases.forward is all time inside the engine; prefill ends when the scores of the first new
  /// token are there, decode is the rest until the last token.
  Result<Answer> Predict(std::span<const Sample> batch) override;
  void Cancel() override { model_.runner->Cancel(); }
  std::vector<std::pair<std::string, std::string>> facts() const override;
  /// The ids behind the last answer.
  const std::vector<GeneratedSequence>& sequences() const { return sequences_; }

 private:
  Result<std::vector<GeneratedSequence>> Run();
  Prediction Read(const Sample& sample, const GeneratedSequence& sequence, std::size_t padding);

  GenerationModel model_;
  std::unique_ptr<GenerationTask> task_;
  Clock& clock_;
  GenerationCall call_;
  std::vector<GeneratedSequence> sequences_;
};

/// Join a model and a task. `task` uses the tokenizer of `model`.
LoadedPredictor MakeGenerationPredictor(GenerationModel model, std::unique_ptr<GenerationTask> task,
                                        const PredictorOptions& options);

/// Rows of ids to prompts of one length, filled up on the left; rows are seeded by their sample, so
/// that a text does not depend on its neighbours or its place.
void FillPrompts(std::vector<std::vector<std::int64_t>> rows, std::int64_t pad,
                 std::span<const Sample> batch, std::uint64_t seed, PromptBatch& out);

}  // namespace permille
