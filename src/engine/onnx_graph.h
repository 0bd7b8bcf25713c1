// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/tensor_engine.h"

// The few messages of onnx.proto (github.com/onnx/onnx, onnx/onnx.proto, IR version 10) that this
// folder needs: which tensors a graph holds, where their bytes are, who consumes them. Everything
// points into the bytes it was read from, which must outlive it.

namespace permille {

/// A tensor stored with the graph (TensorProto).
struct OnnxInitializer {
  std::string name;
  std::optional<DType> type;  ///< absent for types the engine does not know
  std::vector<std::int64_t> shape;
  std::int64_t elements = 0;
  bool external = false;
  std::string location;  ///< external: a file beside the model, or "weights" in a weightless graph
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
  std::span<const std::byte> raw;  ///< inline, when stored as raw_data

  bool is_float() const;
  std::string ShapeText() const;
};

/// One operation (NodeProto).
struct OnnxNode {
  std::string name;
  std::string op;
  std::string domain;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, std::int64_t> integers;                    ///< attributes of type INT
  std::map<std::string, std::vector<std::int64_t>> integer_lists;  ///< INTS
  std::map<std::string, float> floats;                             ///< FLOAT
  bool has_subgraph = false;                                       ///< If, Loop, Scan
  std::span<const std::byte> content;
};

/// A graph input or output. Free dimensions are -1, with their symbol in `symbols` where they have
/// one.
struct OnnxValue {
  std::string name;
  std::optional<DType> type;
  std::vector<std::int64_t> shape;
  std::vector<std::string> symbols;
};

/// The location of weights that were cut out of a weightless graph.
inline constexpr std::string_view kCutOut = "weights";
/// Float tensors under this prefix are constants of a weightless graph; every other one is trained.
inline constexpr std::string_view kConstantPrefix = "constant/";

struct OnnxGraph {
  std::span<const std::byte> model;  ///< the whole ModelProto
  std::vector<OnnxInitializer> initializers;
  std::vector<OnnxNode> nodes;
  std::vector<OnnxValue> inputs;  ///< without initializers that older files list as inputs too
  std::vector<OnnxValue> outputs;
  std::map<std::string, std::string> metadata;

  /// Read a ModelProto; `origin` names it in errors. Refuses truncated files, impossible shapes,
  /// subgraphs nested deeper than 16 and more than 2^20 nodes or tensors: kInvalid.
  static Result<OnnxGraph> Parse(std::span<const std::byte> model, std::string_view origin);

  /// Whether tensors were cut out.
  bool weightless() const;
  const OnnxInitializer* Find(std::string_view name) const;
  /// The float tensors of rank one and more, without the running statistics of BatchNormalization
  /// (buffers, not parameters) and, in a weightless graph, without constants.
  std::vector<const OnnxInitializer*> ParameterTensors() const;
  /// Their elements.
  std::int64_t Parameters() const;
  Bytes WeightBytes() const;
};

}  // namespace permille
