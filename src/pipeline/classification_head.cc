// SPDX-License-Identifier: Apache-2.0
#include "pipeline/classification_head.h"

#include <algorithm>
#include <cmath>

#include "pipeline/tensor_floats.h"

namespace permille {
namespace {

constexpr std::int64_t kMostLabels = 1'000'000;

void Activate(HeadOptions::Activation activation, std::vector<double>& scores) {
  if (activation == HeadOptions::Activation::kSigmoid) {
    for (double& x : scores) x = 1 / (1 + std::exp(-x));
  }
  if (activation == HeadOptions::Activation::kSoftmax) Softmax(scores);
}

/// A label is a word; some configurations write numbers.
Result<std::string> LabelText(const JsonField& field) {
  if (!field.is_number()) return field.String();
  PERMILLE_ASSIGN(const std::int64_t number, field.Integer());
  return std::to_string(number);
}

Result<std::vector<std::string>> ParseLabels(const JsonField& config) {
  std::vector<std::string> labels;
  const JsonField id2label = config["id2label"];
  if (id2label.exists()) {
    PERMILLE_TRY(id2label.RequireObject());
    for (std::size_t i = 0; i < id2label.size(); ++i) {
      const JsonField label = id2label[std::to_string(i)];
      if (!label.exists()) {
        return Fail(ErrorCode::kInvalid, "{}: missing; ids must run from 0 to {}", label.place(),
                    id2label.size() - 1);
      }
      PERMILLE_ASSIGN(std::string text, LabelText(label));
      labels.push_back(std::move(text));
    }
    if (labels.empty()) return Fail(ErrorCode::kInvalid, "{}: no labels", id2label.place());
    return labels;
  }
  PERMILLE_ASSIGN(const std::int64_t count, config["num_labels"].IntegerOr(2));
  if (count < 1 || count > kMostLabels) {
    return Fail(ErrorCode::kInvalid, "{}: {} is out of range (1 to {})",
                config["num_labels"].place(), count, kMostLabels);
  }
  for (std::int64_t i = 0; i < count; ++i) labels.push_back(fmt::format("LABEL_{}", i));
  return labels;
}

}  // namespace

Result<HeadOptions> ParseHead(const JsonField& config) {
  PERMILLE_TRY(config.RequireObject());
  HeadOptions head;
  head.origin = config.place();
  PERMILLE_ASSIGN(head.labels, ParseLabels(config));
  PERMILLE_ASSIGN(const std::string problem, config["problem_type"].StringOr(""));
  if (problem == "regression") {
    head.activation = HeadOptions::Activation::kNone;
  } else if (problem == "multi_label_classification" || head.labels.size() == 1) {
    head.activation = HeadOptions::Activation::kSigmoid;
  }
  return head;
}

Result<ClassificationHead> ClassificationHead::Make(HeadOptions options,
                                                    const std::vector<TensorInfo>& outputs) {
  const bool unnamed = options.output.empty();
  PERMILLE_ASSIGN(
      const std::size_t index,
      FindFloatOutput(options.origin, unnamed ? "logits" : options.output, unnamed, outputs));
  const TensorInfo& output = outputs[index];
  if (options.top_k && *options.top_k < 1) {
    return Fail(ErrorCode::kInvalid, "top_k {} is no number of labels", *options.top_k);
  }
  const auto labels = static_cast<std::int64_t>(options.labels.size());
  if (!output.shape.empty() && output.shape.back() >= 0 && output.shape.back() != labels) {
    return Fail(ErrorCode::kInvalid, "{}: {} labels, but the graph's output {} has {} scores",
                options.origin, labels, output.name, output.shape.back());
  }
  return ClassificationHead(std::move(options), index);
}

Result<void> ClassificationHead::Read(const std::vector<TensorOutput>& outputs,
                                      std::span<Prediction> predictions) {
  const TensorOutput& output = outputs[index_];
  const std::size_t labels = options_.labels.size();
  if (output.bytes.size() != predictions.size() * labels * SizeOf(output.type)) {
    return Fail(ErrorCode::kInvalid,
                "{}: {} labels, but output {} of the graph holds {} numbers for {} samples",
                options_.origin, labels, output.name, output.bytes.size() / SizeOf(output.type),
                predictions.size());
  }
  scores_.resize(labels);
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    CopyFloats(output, i * labels, std::span(scores_));
    Judge(predictions[i]);
  }
  return {};
}

void ClassificationHead::Judge(Prediction& prediction) {
  prediction.finite = AllFinite(std::span<const double>(scores_));
  if (prediction.finite) {
    Activate(options_.activation, scores_);
  } else {
    std::fill(scores_.begin(), scores_.end(), 0.0);
  }
  order_.clear();
  for (std::size_t i = 0; i < scores_.size(); ++i) order_.emplace_back(-scores_[i], i);
  std::sort(order_.begin(), order_.end());
  if (options_.top_k && static_cast<std::size_t>(*options_.top_k) < order_.size())
    order_.resize(static_cast<std::size_t>(*options_.top_k));
  prediction.labels.reserve(order_.size());
  for (const auto& [negated, index] : order_) {
    prediction.labels.push_back({options_.labels[index], scores_[index]});
  }
}

}  // namespace permille
