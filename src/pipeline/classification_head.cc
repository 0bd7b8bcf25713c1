// SPDX-License-Identifier: Apache-2.0
#include "pipeline/classification_head.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace permille {
namespace {

constexpr std::int64_t kMostLabels = 1'000'000;

/// IEEE 754 half precision.
double FromHalf(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1F;
  const int fraction = bits & 0x3FF;
  double value = 0;
  if (exponent == 0x1F) {
    value = fraction ? std::numeric_limits<double>::quiet_NaN()
                     : std::numeric_limits<double>::infinity();
  } else if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else {
    value = std::ldexp(fraction + 0x400, exponent - 25);
  }
  return bits & 0x8000 ? -value : value;
}

/// bfloat16: the upper half of a float.
double FromBrain(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

bool IsFloat(DType type) {
  return type == DType::kFloat32 || type == DType::kFloat16 || type == DType::kBFloat16 ||
         type == DType::kFloat64;
}

/// Copy `count` numbers from `begin` on. The type must be a float.
void CopyScores(const TensorOutput& output, std::size_t begin, std::size_t count,
                std::vector<double>& scores) {
  scores.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    switch (output.type) {
      case DType::kFloat16:
        scores[i] = FromHalf(output.as<std::uint16_t>()[begin + i]);
        break;
      case DType::kBFloat16:
        scores[i] = FromBrain(output.as<std::uint16_t>()[begin + i]);
        break;
      case DType::kFloat64:
        scores[i] = output.as<double>()[begin + i];
        break;
      default:
        scores[i] = output.as<float>()[begin + i];
    }
  }
}

bool AllFinite(const std::vector<double>& scores) {
  return std::all_of(scores.begin(), scores.end(), [](double x) { return std::isfinite(x); });
}

void Activate(HeadOptions::Activation activation, std::vector<double>& scores) {
  if (activation == HeadOptions::Activation::kSigmoid) {
    for (double& x : scores) x = 1 / (1 + std::exp(-x));
  }
  if (activation != HeadOptions::Activation::kSoftmax) return;
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& x : scores) sum += x = std::exp(x - largest);
  for (double& x : scores) x /= sum;
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

Result<std::size_t> FindOutput(const HeadOptions& options, const std::vector<TensorInfo>& outputs) {
  const std::string wanted = options.output.empty() ? "logits" : options.output;
  std::string known;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].name == wanted) return i;
    known += (known.empty() ? "" : ", ") + outputs[i].name;
  }
  if (options.output.empty() && !outputs.empty()) return 0;
  return Fail(ErrorCode::kInvalid, "{}: the graph has no output {} (it has: {})", options.origin,
              wanted, known);
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
  PERMILLE_ASSIGN(const std::size_t index, FindOutput(options, outputs));
  const TensorInfo& output = outputs[index];
  if (!IsFloat(output.type)) {
    return Fail(ErrorCode::kInvalid, "{}: output {} of the graph is {}, scores must be floats",
                options.origin, output.name, Name(output.type));
  }
  const auto labels = static_cast<std::int64_t>(options.labels.size());
  if (!output.shape.empty() && output.shape.back() >= 0 && output.shape.back() != labels) {
    return Fail(ErrorCode::kInvalid, "{}: {} labels, but the graph's output {} has {} scores",
                options.origin, labels, output.name, output.shape.back());
  }
  return ClassificationHead(std::move(options), index);
}

Result<void> ClassificationHead::Read(const std::vector<TensorOutput>& outputs, std::size_t batch,
                                      std::vector<Prediction>& predictions) {
  const TensorOutput& output = outputs[index_];
  const std::size_t labels = options_.labels.size();
  if (output.bytes.size() != batch * labels * SizeOf(output.type)) {
    return Fail(ErrorCode::kInvalid,
                "{}: {} labels, but output {} of the graph holds {} numbers for {} samples",
                options_.origin, labels, output.name, output.bytes.size() / SizeOf(output.type),
                batch);
  }
  for (std::size_t i = 0; i < batch; ++i) {
    CopyScores(output, i * labels, labels, scores_);
    predictions.push_back(Judge());
  }
  return {};
}

Prediction ClassificationHead::Judge() {
  Prediction prediction;
  prediction.finite = AllFinite(scores_);
  if (prediction.finite) {
    Activate(options_.activation, scores_);
  } else {
    std::fill(scores_.begin(), scores_.end(), 0.0);
  }
  order_.clear();
  for (std::size_t i = 0; i < scores_.size(); ++i) order_.emplace_back(-scores_[i], i);
  std::sort(order_.begin(), order_.end());
  prediction.labels.reserve(order_.size());
  for (const auto& [negated, index] : order_) {
    prediction.labels.push_back({options_.labels[index], scores_[index]});
  }
  return prediction;
}

bool IsFinite(const TensorOutput& output) {
  if (output.type == DType::kFloat32) {
    // One pass without branches: a NaN or Inf makes the sum of x - x a NaN.
    float sum = 0;
    for (const float x : output.as<float>()) sum += x - x;
    return sum == 0;
  }
  if (!IsFloat(output.type)) return true;
  std::vector<double> numbers;
  CopyScores(output, 0, output.bytes.size() / SizeOf(output.type), numbers);
  return AllFinite(numbers);
}

}  // namespace permille
