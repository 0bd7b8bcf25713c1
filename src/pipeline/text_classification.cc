// SPDX-License-Identifier: Apache-2.0
#include "pipeline/text_classification.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "pipeline/graph_predictor.h"
#include "pipeline/tensor_floats.h"
#include "pipeline/text_task.h"

namespace permille {
namespace {

class TextClassification : public TextTask {
 public:
  TextClassification(GraphModel model, const TaskOptions& options)
      : TextTask(std::move(model)), top_k_(options.top_k) {}

  Result<void> Read(std::size_t, const std::vector<TensorOutput>& outputs,
                    std::span<Prediction> predictions) override {
    CountTokens(predictions);
    if (head_) return head_->Read(outputs, predictions);
    const bool finite = std::all_of(outputs.begin(), outputs.end(), IsFinite);
    for (Prediction& prediction : predictions) prediction.finite = finite;
    return {};
  }

 private:
  Result<void> BindOutputs(const std::vector<TensorInfo>& outputs) override {
    if (!model_.head) return {};
    model_.head->top_k = top_k_;
    PERMILLE_ASSIGN(head_, ClassificationHead::Make(std::move(*model_.head), outputs));
    return {};
  }

  std::optional<std::int64_t> top_k_;
  std::optional<ClassificationHead> head_;
};

}  // namespace

Result<LoadedPredictor> MakeTextClassification(const ModelFiles& files,
                                               const PredictorOptions& options) {
  PERMILLE_ASSIGN(GraphModel model, DescribeTextModel(files, options));
  return LoadGraphTask(
      files, options, std::make_unique<TextClassification>(std::move(model), options.task_options));
}

Result<LoadedPredictor> MakePlainGraph(const ModelFiles& files, const PredictorOptions& options) {
  return MakeTextClassification(files, options);
}

}  // namespace permille
