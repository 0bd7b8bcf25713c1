// SPDX-License-Identifier: Apache-2.0
#include "engine/onnx_graph.h"
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
  return 0;
}
