// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/onnx_graph.h"

namespace permille {

/// What a trained tensor does, told from the nodes that consume it.
struct WeightRole {
  enum class Kind {
    kMatrix,    ///< a matrix or filter: `fan_in` values add up to one output
    kTable,     ///< rows are looked up or added: embeddings, positions
    kTied,      ///< both: an embedding that is also the last layer
    kShift,     ///< bias of a layer or a normalisation
    kScale,     ///< of a normalisation
    kMean,      ///< running mean of a BatchNormalization
    kVariance,  ///< running variance
  } kind = Kind::kMatrix;
  std::int64_t fan_in = 1;
};

/// A node that consumes trained tensors. A product whose bias is added by the node behind it is one
/// layer with it.
struct WeightedLayer {
  const OnnxNode* node = nullptr;
  std::string name;  ///< the node's first output, which is what is looked at
  /// The tensor of kind kMatrix whose product with the layer's input it is; empty: none.
  std::string matrix = {};
};

struct WeightRoles {
  std::map<std::string, WeightRole> roles;
  std::vector<WeightedLayer> layers;  ///< in the graph's order
};

/// Tell the roles of all trained tensors. Refused (kInvalid, naming the node): mixtures of experts,
/// loops, branches and other nodes whose work depends on the data, where random weights would
/// measure a different amount of work (nodes that pick rows pass in a graph of one size); and a
/// tensor whose role cannot be told.
Result<WeightRoles> TellWeightRoles(const OnnxGraph& graph, const std::string& graph_name);

}  // namespace permille
