// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checkpoint.h"
#include "engine/onnx_graph.h"
#include "engine/onnx_rewrite.h"

namespace permille {

/// The tensors of a weightless graph that a checkpoint has to supply: the float ones of rank one
/// and more, cut out or not, that are not constants.
std::vector<const OnnxInitializer*> TrainedTensors(const OnnxGraph& graph);

/// How a checkpoint and a weightless graph do not fit: tensors by what is wrong with them.
struct Misfits {
  std::vector<std::string> missing;
  std::vector<std::string> shapes;   ///< "NAME is [2,3], not [3,2]"
  std::vector<std::string> types;    ///< "NAME is F64, not float32"
  std::vector<std::string> surplus;  ///< in the checkpoint only

  /// All of them in a line, a few of each kind by name; empty when there are none.
  std::string Text() const;
};
Misfits FindMisfits(const OnnxGraph& graph, const Checkpoint& checkpoint);

/// Where each trained tensor of a weightless graph lies in a checkpoint, relative to its folder.
/// Half precision for a graph in single precision is converted when the session is made; kInvalid
/// lists every tensor that is missing, surplus, or of another shape or type. Surplus buffers that
/// no graph holds (position ids, causal masks, batch counts, rotary frequencies), and tensors the
/// graph lists in its metadata under `permille.unused`, are passed over.
Result<OnnxRewrite> PlaceTrained(const OnnxGraph& graph, const Checkpoint& checkpoint,
                                 const std::string& graph_name);

/// The external files of a complete graph, seen through symbolic links. A Hub cache keeps them
/// elsewhere than the model, which ONNX Runtime refuses to follow; then `rewrite` names the true
/// files and `folder` where they lie. Absent when the graph can be loaded as it is. kNotFound
/// naming a file that is missing; kInvalid when the true files lie in several folders or a name
/// leads out of the model's folder.
struct FollowedLinks {
  OnnxRewrite rewrite;
  std::string folder;
};
Result<std::optional<FollowedLinks>> FollowExternalLinks(const OnnxGraph& graph,
                                                         const std::string& model_path);

/// Refuse what cannot fit before it is tried: "needs X GB, Y GB free". `need` against MemAvailable
/// of /proc/meminfo, for `what`; nothing is refused where that is unknown.
Result<void> CheckMemory(Bytes need, const std::string& graph_name,
                         std::string_view what = "weights");

}  // namespace permille
