// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/tensor_engine.h"

namespace permille {

/// An input or output of a graph. Free dimensions are -1, with their symbol where they have one.
struct GraphValue {
  std::string name;
  DType type = DType::kFloat32;
  std::vector<std::int64_t> shape;
  std::vector<std::string> symbols;
};

/// What is known of a graph that ONNX Runtime took.
struct CheckedGraph {
  std::vector<GraphValue> inputs;
  std::vector<GraphValue> outputs;
  std::map<std::string, std::int64_t> parameters;  ///< elements by trained tensor

  /// Their sum.
  std::int64_t parameter_count() const;
};

struct GraphCheckOptions {
  std::string library;   ///< libonnxruntime; empty: search, as MakeOnnxEngine does
  bool execute = false;  ///< run it once as well, on one small batch made from its input shapes
};

/// Make a real session of `path` (.onnx or .onnx.zst) without its weights: ONNX Runtime reads the
/// whole graph, infers the type and shape of everything in it and finds a kernel for every node,
/// but nothing is optimised and no product repacks its matrix. Trained tensors that were cut out
/// all lie on one hole in a scratch file, so a model of 45 GB needs no more memory or disk than a
/// small one; executed, they are all zeros and share the pages of the largest. kInvalid or kEngine
/// naming the graph, and node or tensor, where it is not one that can run.
Result<CheckedGraph> CheckGraph(const std::string& path, const GraphCheckOptions& options = {});

}  // namespace permille
