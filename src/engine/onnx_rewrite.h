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

/// What to change in a graph. Tensors are named as in the graph.
struct OnnxRewrite {
  std::map<std::string, OnnxPlacement, std::less<>> placed;  ///< bytes are out there
  std::map<std::string, std::string, std::less<>> stored;    ///< bytes go into the graph
  std::vector<std::string> more_outputs;                     ///< tensors to hand out as well
  /// Make every BatchNormalization normalise by its own input (InstanceNormalization; the same for
  /// a batch of one), as it does while statistics are being gathered.
  bool gather_statistics = false;
};

/// Write the graph again with those changes. Everything else is copied byte by byte. What the
/// rewrite names and the graph lacks is ignored.
std::string RewriteOnnx(const OnnxGraph& graph, const OnnxRewrite& rewrite);

}  // namespace permille
