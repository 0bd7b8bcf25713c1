// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/tensor_engine.h"
#include "record/sample.h"

namespace permille {

/// What stands before and after the graph of a task that has no loop: samples to inputs, outputs to
/// predictions. graph_predictor.h joins it with the graph and times its phases. The calls of one
/// query are Begin, then for every run Inputs and Read.
class GraphTask {
 public:
  virtual ~GraphTask() = default;
  /// Fit to the graph, once, before anything else; kInvalid names what does not belong together.
  virtual Result<void> Bind(const std::vector<TensorInfo>& inputs,
                            const std::vector<TensorInfo>& outputs) = 0;
  /// Take a batch of at least one sample and say how many runs of the graph it needs (at least 1).
  /// `batch` stays valid until the last Read.
  virtual Result<std::size_t> Begin(std::span<const Sample> batch) = 0;
  /// The tensors of one run, valid until the next call.
  virtual Result<std::span<const TensorView>> Inputs(std::size_t run) = 0;
  /// Read what that run gave. After the last run `predictions`, one a sample, are complete.
  virtual Result<void> Read(std::size_t run, const std::vector<TensorOutput>& outputs,
                            std::span<Prediction> predictions) = 0;

  /// Where ids come from: "tokenizer", "modelled", or empty where there are none.
  virtual std::string_view tokens() const { return {}; }
  virtual std::vector<std::pair<std::string, std::string>> facts() const { return {}; }
  /// Add to an engine's error what the task knows of its likely cause.
  virtual Error Explain(Error error) const { return error; }
};

}  // namespace permille
