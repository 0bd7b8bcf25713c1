// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/onnx_graph.h"
#include "engine/tensor_engine.h"

namespace permille {

/// One batch of inputs made from a graph's input shapes, for when the caller has none: bell-shaped
/// numbers for floats; for whole numbers ids below the size of the table they look up, and ones
/// elsewhere (masks). A free first dimension is 1, the past of a decoder is empty, height and width
/// of an image are 224 and of a latent image 16, any other is 32. A symbol may be a sum.
class CalibrationInput {
 public:
  /// Memory grows with what the graph claims: CheckInputSizes first where it is not trusted.
  CalibrationInput(const OnnxGraph& graph, std::uint64_t seed);
  /// Valid as long as this object and the graph.
  const std::vector<TensorView>& views() const { return views_; }

 private:
  std::vector<std::vector<std::int64_t>> shapes_;
  std::vector<std::string> bytes_;
  std::vector<TensorView> views_;
};

/// kInvalid, naming the input, where one of that batch would be larger than any model's: a
/// gigabyte.
Result<void> CheckInputSizes(const OnnxGraph& graph, const std::string& graph_name);

}  // namespace permille
