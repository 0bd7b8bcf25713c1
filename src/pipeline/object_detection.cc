// SPDX-License-Identifier: Apache-2.0
#include "pipeline/object_detection.h"

#include <array>
#include <memory>
#include <utility>

#include "pipeline/box_decoder.h"
#include "pipeline/graph_predictor.h"
#include "pipeline/image_inputs.h"
#include "pipeline/image_model.h"
#include "pipeline/tensor_floats.h"

namespace permille {
namespace {

class ObjectDetection : public GraphTask {
 public:
  ObjectDetection(ImageModel model, BoxRule rule)
      : origin_(std::move(model.origin)),
        labels_(std::move(model.head.labels)),
        rule_(rule),
        inputs_(std::move(model.processor.processor), origin_) {}

  Result<void> Bind(const std::vector<TensorInfo>& inputs,
                    const std::vector<TensorInfo>& outputs) override;
  Result<std::size_t> Begin(std::span<const Sample> batch) override {
    PERMILLE_TRY(inputs_.Fill(batch));
    return 1;
  }
  Result<std::span<const TensorView>> Inputs(std::size_t) override { return inputs_.views(); }
  Result<void> Read(std::size_t, const std::vector<TensorOutput>& outputs,
                    std::span<Prediction> predictions) override;

 private:
  /// Classes a query has logits for: the labels, and where the rule has it, "nothing".
  std::size_t classes() const { return labels_.size() + (rule_ == BoxRule::kBestClass ? 1 : 0); }
  Result<void> CheckClasses(const TensorInfo& logits) const;
  void ReadPicture(std::size_t index, std::size_t queries, Prediction& prediction) const;

  std::string origin_;
  std::vector<std::string> labels_;
  BoxRule rule_;
  ImageInputs inputs_;
  std::size_t logits_at_ = 0;
  std::size_t boxes_at_ = 0;
  std::vector<float> logits_;
  std::vector<float> boxes_;
};

Result<void> ObjectDetection::Bind(const std::vector<TensorInfo>& inputs,
                                   const std::vector<TensorInfo>& outputs) {
  PERMILLE_TRY(inputs_.Bind(inputs));
  PERMILLE_ASSIGN(logits_at_, FindFloatOutput(origin_, "logits", false, outputs));
  PERMILLE_ASSIGN(boxes_at_, FindFloatOutput(origin_, "pred_boxes", false, outputs));
  return CheckClasses(outputs[logits_at_]);
}

Result<void> ObjectDetection::CheckClasses(const TensorInfo& logits) const {
  const std::int64_t stated = logits.shape.empty() ? -1 : logits.shape.back();
  if (stated < 0 || stated == static_cast<std::int64_t>(classes())) return {};
  return Fail(ErrorCode::kInvalid, "{}: {} labels{}, but output logits of the graph is {}", origin_,
              labels_.size(), rule_ == BoxRule::kBestClass ? " and \"nothing\"" : "",
              ShapeText(logits.shape));
}

Result<void> ObjectDetection::Read(std::size_t, const std::vector<TensorOutput>& outputs,
                                   std::span<Prediction> predictions) {
  const TensorOutput& logits = outputs[logits_at_];
  const TensorOutput& boxes = outputs[boxes_at_];
  const std::size_t queries =
      logits.shape.size() == 3 ? static_cast<std::size_t>(logits.shape[1]) : 0;
  PERMILLE_TRY(RequireShape(origin_, logits,
                            std::array<std::size_t, 3>{predictions.size(), queries, classes()}));
  PERMILLE_TRY(
      RequireShape(origin_, boxes, std::array<std::size_t, 3>{predictions.size(), queries, 4}));
  logits_.resize(predictions.size() * queries * classes());
  boxes_.resize(predictions.size() * queries * 4);
  CopyFloats(logits, 0, std::span(logits_));
  CopyFloats(boxes, 0, std::span(boxes_));
  for (std::size_t i = 0; i < predictions.size(); ++i) ReadPicture(i, queries, predictions[i]);
  return {};
}

void ObjectDetection::ReadPicture(std::size_t index, std::size_t queries,
                                  Prediction& prediction) const {
  DetectorOutput output;
  output.classes = classes();
  output.logits = std::span(logits_).subspan(index * queries * classes(), queries * classes());
  output.boxes = std::span(boxes_).subspan(index * queries * 4, queries * 4);
  output.width = static_cast<double>(inputs_.sizes()[index].width);
  output.height = static_cast<double>(inputs_.sizes()[index].height);
  prediction.finite = AllFinite(output.logits) && AllFinite(output.boxes);
  if (!prediction.finite) return;
  for (const FoundBox& found : DecodeBoxes(rule_, output)) {
    prediction.boxes.push_back({labels_[found.label], found.score, found.box});
  }
}

}  // namespace

Result<LoadedPredictor> MakeObjectDetection(const ModelFiles& files,
                                            const PredictorOptions& options) {
  PERMILLE_ASSIGN(ImageModel model, DescribeImageModel(files, options.weights));
  PERMILLE_ASSIGN(const BoxRule rule, BoxRuleOf(model.processor.name, model.origin));
  return LoadGraphTask(files, options, std::make_unique<ObjectDetection>(std::move(model), rule));
}

}  // namespace permille
