// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/onnx_graph.h"

namespace permille {

/// Bytes of a tensor inside a file of the folder given to the session.
struct OnnxPlacement {
  std::string location;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  /// The type there where it is not the graph's: half precision, converted by a Cast that the
  /// library folds when it makes the session.
  std::optional<DType> stored_as = std::nullopt;
};

/// A tensor that the graph does not have yet.
struct OnnxAddedTensor {
  std::string name;
  DType type = DType::kFloat32;
  std::vector<std::int64_t> shape;
  OnnxPlacement place;
};

/// What to change in a graph. Tensors are named as in the graph.
struct OnnxRewrite {
  std::map<std::string, OnnxPlacement, std::less<>> placed;  ///< bytes are out there
  std::map<std::string, std::string, std::less<>> stored;    ///< bytes go into the graph
  std::vector<std::string> more_outputs;                     ///< tensors to hand out as well
  std::set<std::string> dropped;                             ///< initializers to leave out
  std::vector<OnnxAddedTensor> added;
  std::map<std::size_t, std::string> nodes;  ///< by index: the node that stands there instead
  /// Make every BatchNormalization normalise by its own input (InstanceNormalization; the same for
  /// a batch of one), as it does while statistics are being gathered.
  bool gather_statistics = false;
};

/// Write the graph again with those changes. Everything else is copied byte by byte. What the
/// rewrite names and the graph lacks is ignored.
std::string RewriteOnnx(const OnnxGraph& graph, const OnnxRewrite& rewrite);

}  // namespace permille
