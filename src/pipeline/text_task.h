// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/graph_model.h"
#include "pipeline/graph_task.h"
#include "pipeline/pipeline.h"

namespace permille {

/// Read what a model's files say: a Hugging Face folder, or a model YAML.
Result<GraphModel> DescribeTextModel(const ModelFiles& files, const PredictorOptions& options);

/// The input half that tasks on text share: one run of the graph on the encoded, padded batch. A
/// task adds BindOutputs and Read.
class TextTask : public GraphTask {
 public:
  explicit TextTask(GraphModel model) : model_(std::move(model)) {}

  Result<void> Bind(const std::vector<TensorInfo>& inputs,
                    const std::vector<TensorInfo>& outputs) final;
  Result<std::size_t> Begin(std::span<const Sample> batch) override;
  Result<std::span<const TensorView>> Inputs(std::size_t run) override;
  std::string_view tokens() const override;
  std::vector<std::pair<std::string, std::string>> facts() const override;
  /// An id past the embedding's last row is the usual reason for a graph that fails on text: say
  /// so.
  Error Explain(Error error) const override;

 protected:
  virtual Result<void> BindOutputs(const std::vector<TensorInfo>& outputs) = 0;
  /// Remember the batch; for tasks that encode it themselves.
  void Take(std::span<const Sample> batch) { batch_ = batch; }
  void CountTokens(std::span<Prediction> predictions) const;

  GraphInputs& inputs() { return *inputs_; }
  const GraphInputs& inputs() const { return *inputs_; }
  Tokenizer& tokenizer() { return *inputs_->plan().tokenizer; }
  const std::string& origin() const { return inputs_->plan().origin; }
  std::span<const Sample> batch() const { return batch_; }

  GraphModel model_;  ///< without `inputs` once bound

 private:
  std::optional<GraphInputs> inputs_;
  std::span<const Sample> batch_;
};

}  // namespace permille
