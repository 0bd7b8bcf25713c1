// SPDX-License-Identifier: Apache-2.0
#include "random_twin.h"

#include "base/file.h"
#include "engine/graph_file.h"
#include "engine/mapped_file.h"
#include "engine/onnx_graph.h"
#include "engine/onnx_internal.h"
#include "engine/random_weights.h"

namespace permille {

Result<void> WriteRandomTwin(const std::string& graph_path, std::uint64_t seed,
                             const std::string& to) {
  constexpr std::int64_t kLeastElements = 8;
  PERMILLE_ASSIGN(const OnnxLibrary library, OpenOnnxLibrary({}));
  PERMILLE_ASSIGN(const GraphFile file, GraphFile::Read(graph_path));
  PERMILLE_ASSIGN(OnnxGraph graph, OnnxGraph::Parse(file.bytes(), graph_path));
  if (!graph.weightless()) {
    // Out of sight, not out of the file: what a rewrite does not name is copied.
    std::erase_if(graph.initializers, [](const OnnxInitializer& tensor) {
      return tensor.is_float() && tensor.elements < kLeastElements;
    });
  }
  PERMILLE_ASSIGN(RandomWeights random, MakeRandomWeights(library, graph, graph_path, {seed}, {}));
  OnnxRewrite rewrite = std::move(random.rewrite);
  if (!rewrite.placed.empty()) {
    PERMILLE_ASSIGN(
        const MappedFile drawn,
        MappedFile::Open(random.scratch->folder() + "/" + rewrite.placed.begin()->second.location));
    for (const auto& [name, place] : rewrite.placed) {
      const std::span<const std::byte> bytes = drawn.bytes().subspan(place.offset, place.length);
      rewrite.stored[name].assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    rewrite.placed.clear();
  }
  return WriteFile(to, RewriteOnnx(graph, rewrite));
}

}  // namespace permille
