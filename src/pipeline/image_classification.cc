// SPDX-License-Identifier: Apache-2.0
#include "pipeline/image_classification.h"

#include <memory>
#include <utility>

#include "pipeline/graph_predictor.h"
#include "pipeline/image_inputs.h"
#include "pipeline/image_model.h"

namespace permille {
namespace {

constexpr std::int64_t kLabelsKept = 5;  // the pipeline's default

class ImageClassification : public GraphTask {
 public:
  ImageClassification(ImageModel model, const TaskOptions& options)
      : inputs_(std::move(model.processor.processor), model.origin),
        options_(std::move(model.head)) {
    // The pipeline takes softmax whatever the config says.
    options_.activation = HeadOptions::Activation::kSoftmax;
    options_.top_k = options.top_k.value_or(kLabelsKept);
  }

  Result<void> Bind(const std::vector<TensorInfo>& inputs,
                    const std::vector<TensorInfo>& outputs) override {
    PERMILLE_TRY(inputs_.Bind(inputs));
    PERMILLE_ASSIGN(head_, ClassificationHead::Make(std::move(options_), outputs));
    return {};
  }
  Result<std::size_t> Begin(std::span<const Sample> batch) override {
    PERMILLE_TRY(inputs_.Fill(batch));
    return 1;
  }
  Result<std::span<const TensorView>> Inputs(std::size_t) override { return inputs_.views(); }
  Result<void> Read(std::size_t, const std::vector<TensorOutput>& outputs,
                    std::span<Prediction> predictions) override {
    return head_->Read(outputs, predictions);
  }

 private:
  ImageInputs inputs_;
  HeadOptions options_;
  std::optional<ClassificationHead> head_;
};

}  // namespace

Result<LoadedPredictor> MakeImageClassification(const ModelFiles& files,
                                                const PredictorOptions& options) {
  PERMILLE_ASSIGN(ImageModel model, DescribeImageModel(files, options.weights));
  return LoadGraphTask(
      files, options,
      std::make_unique<ImageClassification>(std::move(model), options.task_options));
}

}  // namespace permille
