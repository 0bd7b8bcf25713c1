// SPDX-License-Identifier: Apache-2.0
#include "engine/model_parts.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "engine/checkpoint.h"
#include "engine/graph_file.h"
#include "engine/onnx_graph.h"
#include "engine/scratch_file.h"
#include "engine/weights.h"

namespace permille {
namespace {

/// The parts that one checkpoint is for.
struct Sharing {
  Checkpoint checkpoint;
  std::size_t parts = 0;
  std::map<std::string, std::size_t> surplus;  ///< tensor to the parts that do not have it
  std::vector<std::string> problems;
};

/// Graphs weigh their parsed size each, so they are looked at one after the other.
class PartCheck {
 public:
  Result<void> Look(const ModelPart& part, bool alone) {
    if (!graphs_.insert(part.graph).second) return {};
    PERMILLE_ASSIGN(const GraphFile file, GraphFile::Read(part.graph));
    PERMILLE_ASSIGN(const OnnxGraph graph, OnnxGraph::Parse(file.bytes(), part.graph));
    const bool trained = part.weights.kind == WeightsSource::Kind::kSafetensors;
    if (!graph.weightless() && !(file.compressed() && trained)) return {};
    weights_ += graph.WeightBytes();
    if (part.weights.kind == WeightsSource::Kind::kRandom) drawn_ += graph.WeightBytes();
    if (!trained) return {};
    auto found = sharing_.find(part.weights.path);
    if (found == sharing_.end()) {
      PERMILLE_ASSIGN(Checkpoint checkpoint, Checkpoint::Open(part.weights.path));
      found = sharing_.emplace(part.weights.path, Sharing{std::move(checkpoint), 0, {}, {}}).first;
    }
    Sharing& sharing = found->second;
    Misfits misfits = FindMisfits(graph, sharing.checkpoint);
    ++sharing.parts;
    for (const std::string& name : misfits.surplus) ++sharing.surplus[name];
    misfits.surplus.clear();
    const std::string text = misfits.Text();
    if (!text.empty()) sharing.problems.push_back(alone ? text : part.name + ": " + text);
    return {};
  }

  Bytes weights() const { return weights_; }
  Bytes drawn() const { return drawn_; }

  /// Everything that is wrong, checkpoint after checkpoint.
  std::string Problems(const std::string& model) {
    std::string all;
    for (auto& [path, sharing] : sharing_) {
      Misfits rest;
      for (const auto& [name, parts] : sharing.surplus) {
        if (parts == sharing.parts) rest.surplus.push_back(name);
      }
      if (!rest.surplus.empty()) sharing.problems.push_back(rest.Text());
      if (sharing.problems.empty()) continue;
      all += fmt::format("{}{} does not fit {}: {}", all.empty() ? "" : "; ", path, model,
                         fmt::join(sharing.problems, "; "));
    }
    return all;
  }

 private:
  std::set<std::string> graphs_;
  std::map<std::string, Sharing> sharing_;
  Bytes weights_{0};
  Bytes drawn_{0};  ///< of these, the random ones
};

}  // namespace

Result<void> CheckParts(std::span<const ModelPart> parts, const std::string& model) {
  PartCheck check;
  for (const ModelPart& part : parts) PERMILLE_TRY(check.Look(part, parts.size() == 1));
  const std::string problems = check.Problems(model);
  if (!problems.empty()) return Fail(ErrorCode::kInvalid, "{}", problems);
  PERMILLE_TRY(CheckMemory(check.weights(), model));
  return ScratchFile::CheckRoom(static_cast<std::size_t>(check.drawn().value()));
}

}  // namespace permille
