// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/tensor_engine.h"
#include "prep/json_field.h"
#include "record/sample.h"

namespace permille {

/// How a classifier's scores become labels.
struct HeadOptions {
  enum class Activation { kNone, kSoftmax, kSigmoid } activation = Activation::kSoftmax;
  std::vector<std::string> labels;  ///< in the order of the graph's scores
  std::string output;               ///< name of the graph's output; empty: "logits", else the first
  std::optional<std::int64_t> top_k;  ///< labels to keep; absent: all
  std::string origin;                 ///< the file that says so, for errors
};

/// Read labels and activation out of a config.json, as the text-classification pipeline of
/// transformers does: id2label, else LABEL_i for num_labels (default 2); sigmoid for
/// multi_label_classification or one label, nothing for regression, else softmax.
Result<HeadOptions> ParseHead(const JsonField& config);

/// Scores of the graph to labels with probabilities, best first.
class ClassificationHead {
 public:
  /// `outputs` are the graph's: the one named must be there, and hold as many scores as there are
  /// labels.
  static Result<ClassificationHead> Make(HeadOptions options,
                                         const std::vector<TensorInfo>& outputs);

  /// Set labels and `finite` of one prediction a sample. Scores that are not finite leave the
  /// labels in the graph's order with score 0.
  Result<void> Read(const std::vector<TensorOutput>& outputs, std::span<Prediction> predictions);

 private:
  ClassificationHead(HeadOptions options, std::size_t index)
      : options_(std::move(options)), index_(index) {}
  void Judge(Prediction& prediction);

  HeadOptions options_;
  std::size_t index_;  ///< of the output
  std::vector<double> scores_;
  std::vector<std::pair<double, std::size_t>> order_;
};

}  // namespace permille
