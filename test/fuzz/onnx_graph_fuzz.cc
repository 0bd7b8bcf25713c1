// SPDX-License-Identifier: Apache-2.0
#include "engine/onnx_graph.h"
#include "engine/onnx_rewrite.h"
#include "engine/weight_role.h"
#include "engine/weights.h"
#include "fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> model(reinterpret_cast<const std::byte*>(data), size);
  const auto graph = permille::OnnxGraph::Parse(model, "input");
  if (!graph) return 0;
  (void)graph->weightless();
  (void)graph->Parameters();
  (void)graph->WeightBytes();
  for (const permille::OnnxInitializer& tensor : graph->initializers) {
    (void)tensor.is_float();
    (void)tensor.ShapeText();
    permille::Require(graph->Find(tensor.name) != nullptr, "a tensor is found by its name");
    permille::Require(tensor.elements >= 0, "no tensor has a negative size");
  }
  (void)permille::TellWeightRoles(*graph, "input");
  // A graph is written again with its weights elsewhere, and what was written is read.
  permille::OnnxRewrite rewrite;
  for (const permille::OnnxInitializer* const tensor : permille::TrainedTensors(*graph)) {
    rewrite.placed[tensor->name] = {"elsewhere", 4096, 4, std::nullopt};
  }
  rewrite.gather_statistics = true;
  const std::string written = permille::RewriteOnnx(*graph, rewrite);
  const auto again = permille::OnnxGraph::Parse(std::as_bytes(std::span(written)), "written");
  permille::Require(again.has_value(), "what was written is read");
  for (const auto& [name, place] : rewrite.placed) {
    const permille::OnnxInitializer* const tensor = again->Find(name);
    permille::Require(tensor != nullptr && tensor->external, "a placed tensor is there");
    permille::Require(tensor->location == place.location && tensor->offset == place.offset,
                      "a tensor lies where it was placed");
  }
  return 0;
}
