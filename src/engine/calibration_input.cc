// SPDX-License-Identifier: Apache-2.0
#include "engine/calibration_input.h"

#include <algorithm>
#include <cstring>

#include "engine/random_fill.h"

namespace permille {
namespace {

/// One symbol: a past is empty, a latent image has 16 pixels a side (of Stable Diffusion's 64: all
/// its layers work on any size, and root mean squares are the same), an image 224, anything else
/// 32.
std::int64_t SizeOfSymbol(std::string_view symbol, bool latent, bool image) {
  if (symbol.starts_with("past")) return 0;
  if (symbol.find("sequence") != std::string_view::npos) return 32;
  if (image || symbol == "height" || symbol == "width") return latent ? 16 : 224;
  return 32;
}

/// Whether a decoder reads a picture in front of its text: then its "total" counts that too.
bool HasPrefix(const OnnxGraph& graph) {
  return std::ranges::any_of(graph.inputs, [](const OnnxValue& input) {
    return std::ranges::find(input.symbols, "prefix") != input.symbols.end();
  });
}

/// A free dimension of an input; its symbol may be a sum, as in "past + sequence".
std::int64_t FreeDimension(const OnnxGraph& graph, const OnnxValue& input, std::size_t index) {
  if (index == 0) return 1;
  const bool four = input.shape.size() == 4;
  const bool latent = four && input.shape[1] == 4;
  const bool image = four && input.type != DType::kInt64 && index >= 2 &&
                     (input.shape[1] == 3 || input.shape[1] == 1);
  std::int64_t size = 0;
  std::string_view rest = input.symbols[index];
  if (rest == "total" && HasPrefix(graph)) rest = "past + prefix + sequence";
  while (true) {
    const std::size_t plus = rest.find(" + ");
    size += SizeOfSymbol(rest.substr(0, plus), latent, image);
    if (plus == std::string_view::npos) return size;
    rest.remove_prefix(plus + 3);
  }
}

/// The least number of rows among the tables that `input` is looked up in.
std::int64_t LeastRows(const OnnxGraph& graph, const std::string& input) {
  std::int64_t rows = 0;
  for (const OnnxNode& node : graph.nodes) {
    if (node.op != "Gather" || node.inputs.size() < 2 || node.inputs[1] != input) continue;
    const OnnxInitializer* const table = graph.Find(node.inputs[0]);
    if (table == nullptr || table->shape.empty()) continue;
    rows = rows == 0 ? table->shape[0] : std::min(rows, table->shape[0]);
  }
  return rows;
}

template <class T>
void PutWhole(std::string& bytes, std::size_t elements, std::int64_t rows) {
  for (std::size_t i = 0; i < elements; ++i) {
    // Ids spread over the table: a step that shares no divisor with it would do, 7919 is prime.
    const std::int64_t id = rows == 0 ? 1 : static_cast<std::int64_t>(1 + i * 7919) % rows;
    const T value = static_cast<T>(id);
    std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
  }
}

std::string Values(const OnnxGraph& graph, const OnnxValue& input, std::size_t elements,
                   std::uint64_t seed) {
  const DType type = input.type.value_or(DType::kFloat32);
  std::string bytes(elements * SizeOf(type), '\0');
  const std::int64_t rows = LeastRows(graph, input.name);
  switch (type) {
    case DType::kInt64:
      PutWhole<std::int64_t>(bytes, elements, rows);
      break;
    case DType::kInt32:
      PutWhole<std::int32_t>(bytes, elements, rows);
      break;
    case DType::kInt8:
    case DType::kUint8:
    case DType::kBool:
      PutWhole<std::uint8_t>(bytes, elements, std::min<std::int64_t>(rows, 127));
      break;
    default: {
      const RandomFill fill{type, 1, 0, TensorSeed(seed, input.name),
                            std::as_writable_bytes(std::span(bytes))};
      FillRandom({&fill, 1});
    }
  }
  return bytes;
}

}  // namespace

CalibrationInput::CalibrationInput(const OnnxGraph& graph, std::uint64_t seed) {
  shapes_.reserve(graph.inputs.size());
  bytes_.reserve(graph.inputs.size());
  for (const OnnxValue& input : graph.inputs) {
    std::vector<std::int64_t>& shape = shapes_.emplace_back(input.shape);
    std::size_t elements = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] < 0) shape[i] = FreeDimension(graph, input, i);
      elements *= static_cast<std::size_t>(shape[i]);
    }
    bytes_.push_back(Values(graph, input, elements, seed));
    views_.push_back({input.name, input.type.value_or(DType::kFloat32), shape,
                      std::as_bytes(std::span(bytes_.back()))});
  }
}

Result<void> CheckInputSizes(const OnnxGraph& graph, const std::string& graph_name) {
  constexpr std::int64_t kMostElements = std::int64_t{1} << 27;
  for (const OnnxValue& input : graph.inputs) {
    std::int64_t elements = 1;
    for (std::size_t i = 0; i < input.shape.size(); ++i) {
      const std::int64_t size =
          input.shape[i] < 0 ? FreeDimension(graph, input, i) : input.shape[i];
      if (size > 0 && elements > kMostElements / size) {
        return Fail(ErrorCode::kInvalid, "{}: input '{}' is too large to be made up: [{}]",
                    graph_name, input.name, fmt::join(input.shape, ","));
      }
      elements *= size;
    }
  }
  return {};
}

}  // namespace permille
