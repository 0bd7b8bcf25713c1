// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "engine/onnx_graph.h"
#include "engine/onnx_rewrite.h"
#include "engine/scratch_file.h"

namespace permille {

/// A graph in half precision: sessions are made of `model` with `scratch->folder()` as external
/// folder, as long as this lives.
struct HalfModel {
  std::unique_ptr<ScratchFile> scratch;
  std::string model;
};

/// Turn a graph in single precision into one in half precision: tensors, constants and casts
/// become float16 (what is larger than its largest number, 65504, becomes that), inputs and outputs
/// stay as they are and are converted at the edge. The scales of a Resize stay single, as the
/// operator demands. `rewrite` and `folder` say where the weights are (WeightBytes). Where a
/// processor has no half-precision kernel the library converts back around each operator: a CPU
/// then computes in single precision. kInvalid for graphs with branches or loops.
Result<HalfModel> MakeHalf(const OnnxGraph& graph, const OnnxRewrite& rewrite,
                           const std::string& folder, const std::string& graph_name);

}  // namespace permille
