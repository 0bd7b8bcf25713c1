// SPDX-License-Identifier: Apache-2.0
#include "engine/half_graph.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include "engine/onnx_wire.h"
#include "engine/random_fill.h"
#include "engine/weight_bytes.h"

namespace permille {
namespace {

constexpr std::uint64_t kFloat = 1;  // TensorProto.DataType
constexpr std::uint64_t kHalf = 10;
constexpr float kLargest = 65504;
constexpr std::size_t kAlign = 64;

std::string HalfBytes(DType type, std::span<const std::byte> bytes) {
  const std::size_t size = SizeOf(type);
  std::vector<float> values(bytes.size() / size);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = DecodeFloat(type, bytes.data() + i * size);
    values[i] = value > kLargest ? kLargest : value < -kLargest ? -kLargest : value;
  }
  return EncodeFloats(DType::kFloat16, values);
}

/// A TensorProto inside an attribute, in half precision if it is single; its numbers may be
/// raw_data (9) or float_data (4).
std::string HalfTensor(std::span<const std::byte> content) {
  bool single = false;
  std::string raw;
  WireReader reader(content);
  WireWriter tensor;
  for (WireField field; reader.Next(field);) {
    if (field.has_varint(2)) {
      single = field.value == kFloat;
      tensor.Varint(2, single ? kHalf : field.value);
    } else if (field.has_bytes(9)) {
      raw = field.text();
    } else if (field.has_bytes(4)) {
      raw.append(field.text());
    } else if (field.number == 4 && field.type == 5) {
      const auto bits = static_cast<std::uint32_t>(field.value);
      raw.append(reinterpret_cast<const char*>(&bits), sizeof bits);
    } else {
      tensor.Raw(field.whole);
    }
  }
  if (!single) return std::string(reinterpret_cast<const char*>(content.data()), content.size());
  tensor.Text(9, HalfBytes(DType::kFloat32, std::as_bytes(std::span(raw))));
  return tensor.Take();
}

/// An AttributeProto of a Cast, a Constant or a ConstantOfShape.
std::string HalfAttribute(std::span<const std::byte> content, std::string_view op) {
  WireReader reader(content);
  WireWriter attribute;
  std::string_view name;
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(1)) name = field.text();
    if (field.has_varint(3) && op == "Cast" && name == "to" && field.value == kFloat) {
      attribute.Varint(3, kHalf);
    } else if (field.has_bytes(5) && name == "value") {
      attribute.Text(5, HalfTensor(field.bytes));
    } else {
      attribute.Raw(field.whole);
    }
  }
  return attribute.Take();
}

bool HasNumbers(std::string_view op) {
  return op == "Cast" || op == "Constant" || op == "ConstantOfShape";
}

std::string CastNode(const std::string& from, const std::string& to, std::uint64_t type) {
  WireWriter attribute;
  attribute.Text(1, "to");
  attribute.Varint(3, type);
  attribute.Varint(20, 2);  // AttributeProto.INT
  WireWriter node;
  node.Text(1, from);
  node.Text(2, to);
  node.Text(3, to + "/Cast");
  node.Text(4, "Cast");
  node.Text(5, attribute.bytes());
  return node.Take();
}

class Halver {
 public:
  Halver(const OnnxGraph& graph, const OnnxRewrite& rewrite, const std::string& folder)
      : graph_(graph), weights_(rewrite, folder) {}

  Result<HalfModel> Make(const std::string& graph_name);

 private:
  Result<void> Lay(const std::string& graph_name);
  std::string Node(const OnnxNode& node) const;
  std::string Initializer(std::span<const std::byte> content, const std::string& file) const;
  std::string Graph(std::span<const std::byte> content, const std::string& file) const;
  std::string Renamed(const std::string& name) const {
    return edges_.contains(name) ? name + "/half" : name;
  }

  const OnnxGraph& graph_;
  WeightBytes weights_;
  std::set<std::string> edges_;                ///< inputs and outputs in single precision
  std::map<std::string, std::size_t> placed_;  ///< where the scratch file has a tensor
  std::size_t size_ = 0;
};

Result<void> Halver::Lay(const std::string& graph_name) {
  std::set<std::string> single;
  for (const OnnxNode& node : graph_.nodes) {
    if (node.has_subgraph) {
      return Fail(ErrorCode::kInvalid, "{}: fp16: node '{}' ({}) has a graph of its own",
                  graph_name, node.name, node.op);
    }
    if (node.op != "Resize") continue;
    for (std::size_t i = 1; i < std::min<std::size_t>(3, node.inputs.size()); ++i) {
      single.insert(node.inputs[i]);
    }
  }
  for (const auto* const values : {&graph_.inputs, &graph_.outputs}) {
    for (const OnnxValue& value : *values) {
      if (value.type == DType::kFloat32) edges_.insert(value.name);
    }
  }
  for (const OnnxInitializer& tensor : graph_.initializers) {
    if (tensor.type != DType::kFloat32 || single.contains(tensor.name)) continue;
    placed_[tensor.name] = size_;
    const std::size_t bytes = static_cast<std::size_t>(tensor.elements) * 2;
    size_ += (bytes + kAlign - 1) / kAlign * kAlign;
  }
  return {};
}

std::string Halver::Node(const OnnxNode& node) const {
  WireWriter written;
  WireReader reader(node.content);
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(1) || field.has_bytes(2)) {
      written.Text(field.number, Renamed(std::string(field.text())));
    } else if (field.has_bytes(5) && HasNumbers(node.op)) {
      written.Text(5, HalfAttribute(field.bytes, node.op));
    } else {
      written.Raw(field.whole);
    }
  }
  return written.Take();
}

std::string Halver::Initializer(std::span<const std::byte> content, const std::string& file) const {
  WireWriter tensor;
  std::string name;
  WireReader reader(content);
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(8)) name = field.text();
    if (field.number == 1 || field.number == 8) tensor.Raw(field.whole);
  }
  const auto placed = placed_.find(name);
  if (placed == placed_.end()) return {};
  tensor.Varint(2, kHalf);
  const auto entry = [&tensor](std::string_view key, const std::string& value) {
    WireWriter pair;
    pair.Text(1, key);
    pair.Text(2, value);
    tensor.Text(13, pair.bytes());
  };
  entry("location", file);
  entry("offset", std::to_string(placed->second));
  entry("length", std::to_string(static_cast<std::size_t>(graph_.Find(name)->elements) * 2));
  tensor.Varint(14, 1);
  return tensor.Take();
}

std::string Halver::Graph(std::span<const std::byte> content, const std::string& file) const {
  WireWriter graph;
  for (const OnnxValue& input : graph_.inputs) {
    if (edges_.contains(input.name)) {
      graph.Text(1, CastNode(input.name, Renamed(input.name), kHalf));
    }
  }
  std::size_t node = 0;
  WireReader reader(content);
  for (WireField field; reader.Next(field);) {
    if (field.number == 13) continue;  // value_info: types of what lies between
    if (field.has_bytes(1)) {
      graph.Text(1, Node(graph_.nodes[node++]));
      continue;
    }
    if (field.has_bytes(5)) {
      const std::string tensor = Initializer(field.bytes, file);
      if (!tensor.empty()) {
        graph.Text(5, tensor);
        continue;
      }
    }
    graph.Raw(field.whole);
  }
  for (const OnnxValue& output : graph_.outputs) {
    if (edges_.contains(output.name)) {
      graph.Text(1, CastNode(Renamed(output.name), output.name, kFloat));
    }
  }
  return graph.Take();
}

Result<HalfModel> Halver::Make(const std::string& graph_name) {
  PERMILLE_TRY(Lay(graph_name));
  HalfModel made;
  PERMILLE_ASSIGN(made.scratch, ScratchFile::Make(std::max(size_, kAlign)));
  for (const auto& [name, offset] : placed_) {
    PERMILLE_ASSIGN(const WeightBytes::View view, weights_.Of(*graph_.Find(name)));
    const std::string half = HalfBytes(view.type, view.bytes);
    std::memcpy(made.scratch->bytes().data() + offset, half.data(), half.size());
  }
  WireWriter model;
  WireReader reader(graph_.model);
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(7)) {
      model.Text(7, Graph(field.bytes, made.scratch->name()));
    } else {
      model.Raw(field.whole);
    }
  }
  made.model = model.Take();
  PERMILLE_TRY(made.scratch->Finish());
  return made;
}

}  // namespace

Result<HalfModel> MakeHalf(const OnnxGraph& graph, const OnnxRewrite& rewrite,
                           const std::string& folder, const std::string& graph_name) {
  return Halver(graph, rewrite, folder).Make(graph_name);
}

}  // namespace permille
