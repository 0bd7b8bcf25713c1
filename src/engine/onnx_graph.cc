// SPDX-License-Identifier: Apache-2.0
#include "engine/onnx_graph.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <set>

#include "engine/onnx_wire.h"

namespace permille {
namespace {

constexpr std::size_t kMostEntries = std::size_t{1} << 20;
constexpr std::size_t kMostDimensions = 64;
constexpr int kDeepestSubgraph = 16;

/// TensorProto.DataType.
std::optional<DType> FromOnnx(std::uint64_t type) {
  switch (type) {
    case 1:
      return DType::kFloat32;
    case 2:
      return DType::kUint8;
    case 3:
      return DType::kInt8;
    case 6:
      return DType::kInt32;
    case 7:
      return DType::kInt64;
    case 9:
      return DType::kBool;
    case 10:
      return DType::kFloat16;
    case 11:
      return DType::kFloat64;
    case 16:
      return DType::kBFloat16;
    default:
      return std::nullopt;
  }
}

/// A repeated int64 field, packed or not.
bool ReadIntegers(const WireField& field, std::vector<std::int64_t>& values) {
  if (field.type == 0) {
    values.push_back(static_cast<std::int64_t>(field.value));
    return true;
  }
  if (field.type != 2) return true;  // as protobuf: a field of another type is unknown, not damaged
  WireReader reader(field.bytes);
  std::uint64_t value = 0;
  while (!reader.at_end()) {
    if (!reader.Varint(value) || values.size() >= kMostEntries) return false;
    values.push_back(static_cast<std::int64_t>(value));
  }
  return true;
}

bool ReadUnsigned(std::string_view text, std::uint64_t& value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc() && stop == text.data() + text.size();
}

/// StringStringEntryProto.
bool ReadPair(std::span<const std::byte> bytes, std::string& key, std::string& value) {
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(1)) key = field.text();
    if (field.has_bytes(2)) value = field.text();
  }
  return reader.ok();
}

class Parser {
 public:
  explicit Parser(std::string_view origin) : origin_(origin) {}

  Result<void> Model(std::span<const std::byte> bytes, OnnxGraph& graph);

 private:
  Result<void> Graph(std::span<const std::byte> bytes, OnnxGraph& graph);
  Result<void> Tensor(std::span<const std::byte> bytes, OnnxInitializer& tensor);
  Result<void> ExternalEntry(std::span<const std::byte> bytes, OnnxInitializer& tensor);
  Result<void> CountElements(OnnxInitializer& tensor);
  Result<void> Node(std::span<const std::byte> bytes, OnnxNode& node);
  Result<void> Attribute(std::span<const std::byte> bytes, OnnxNode& node, int depth);
  Result<void> Subgraph(std::span<const std::byte> bytes, int depth);
  Result<void> Value(std::span<const std::byte> bytes, OnnxValue& value);
  Result<void> TensorType(std::span<const std::byte> bytes, OnnxValue& value);
  Result<void> Dimension(std::span<const std::byte> bytes, OnnxValue& value);

  tl::unexpected<Error> Damaged(std::string_view what) const {
    return Fail(ErrorCode::kInvalid, "{}: not a whole ONNX file: damaged or cut short in {}",
                origin_, what);
  }
  Result<void> Whole(const WireReader& reader, std::string_view what) const {
    if (!reader.ok()) return Damaged(what);
    return {};
  }
  /// Append an element to a list that is not hostile in length.
  template <class T>
  Result<T*> Another(std::vector<T>& list, std::string_view what) const {
    if (list.size() >= kMostEntries) {
      return Fail(ErrorCode::kInvalid, "{}: more than {} {}", origin_, kMostEntries, what);
    }
    return &list.emplace_back();
  }

  std::string_view origin_;
};

Result<void> Parser::Model(std::span<const std::byte> bytes, OnnxGraph& graph) {
  constexpr std::uint32_t kGraph = 7;
  constexpr std::uint32_t kMetadata = 14;
  WireReader reader(bytes);
  bool found = false;
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(kGraph)) {
      if (found) return Fail(ErrorCode::kInvalid, "{}: holds two graphs", origin_);
      found = true;
      PERMILLE_TRY(Graph(field.bytes, graph));
    } else if (field.has_bytes(kMetadata)) {
      std::string key;
      std::string value;
      if (!ReadPair(field.bytes, key, value)) return Damaged("its metadata");
      if (graph.metadata.size() < kMostEntries) graph.metadata[key] = value;
    }
  }
  PERMILLE_TRY(Whole(reader, "the model"));
  if (!found) return Fail(ErrorCode::kInvalid, "{}: not an ONNX file (no graph in it)", origin_);
  return {};
}

Result<void> Parser::Graph(std::span<const std::byte> bytes, OnnxGraph& graph) {
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (field.type != 2) continue;
    if (field.number == 1) {
      PERMILLE_ASSIGN(OnnxNode* const node, Another(graph.nodes, "nodes"));
      PERMILLE_TRY(Node(field.bytes, *node));
    } else if (field.number == 5) {
      PERMILLE_ASSIGN(OnnxInitializer* const tensor, Another(graph.initializers, "tensors"));
      PERMILLE_TRY(Tensor(field.bytes, *tensor));
    } else if (field.number == 11) {
      PERMILLE_ASSIGN(OnnxValue* const value, Another(graph.inputs, "inputs"));
      PERMILLE_TRY(Value(field.bytes, *value));
    } else if (field.number == 12) {
      PERMILLE_ASSIGN(OnnxValue* const value, Another(graph.outputs, "outputs"));
      PERMILLE_TRY(Value(field.bytes, *value));
    }
  }
  PERMILLE_TRY(Whole(reader, "the graph"));
  std::set<std::string_view> stored;
  for (const OnnxInitializer& tensor : graph.initializers) {
    if (!stored.insert(tensor.name).second) {
      return Fail(ErrorCode::kInvalid, "{}: tensor '{}' is stored twice", origin_, tensor.name);
    }
  }
  std::erase_if(graph.inputs, [&](const OnnxValue& v) { return stored.contains(v.name); });
  return {};
}

Result<void> Parser::Tensor(std::span<const std::byte> bytes, OnnxInitializer& tensor) {
  constexpr std::uint64_t kExternal = 1;
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (field.number == 1) {
      if (!ReadIntegers(field, tensor.shape)) return Damaged("a tensor's shape");
    } else if (field.has_varint(2)) {
      tensor.type = FromOnnx(field.value);
    } else if (field.has_bytes(8)) {
      tensor.name = field.text();
    } else if (field.has_bytes(9)) {
      tensor.raw = field.bytes;
    } else if (field.has_bytes(13)) {
      PERMILLE_TRY(ExternalEntry(field.bytes, tensor));
    } else if (field.has_varint(14)) {
      tensor.external = field.value == kExternal;
    }
  }
  PERMILLE_TRY(Whole(reader, "a tensor"));
  return CountElements(tensor);
}

Result<void> Parser::ExternalEntry(std::span<const std::byte> bytes, OnnxInitializer& tensor) {
  std::string key;
  std::string value;
  if (!ReadPair(bytes, key, value)) return Damaged("a tensor's location");
  std::uint64_t number = 0;
  if (key == "location") {
    tensor.location = value;
  } else if (key == "offset" || key == "length") {
    if (!ReadUnsigned(value, number)) {
      return Fail(ErrorCode::kInvalid, "{}: tensor '{}': {} '{}' is not a number of bytes", origin_,
                  tensor.name, key, value);
    }
    if (key == "offset") tensor.offset = number;
    if (key == "length") tensor.length = number;
  }
  return {};
}

Result<void> Parser::CountElements(OnnxInitializer& tensor) {
  tensor.elements = 1;
  bool possible = tensor.shape.size() <= kMostDimensions;
  for (const std::int64_t dimension : tensor.shape) {
    possible = possible && dimension >= 0 &&
               !__builtin_mul_overflow(tensor.elements, dimension, &tensor.elements);
  }
  // 2^48 elements: beyond any address space once multiplied by their size.
  if (possible && tensor.elements <= (std::int64_t{1} << 48)) return {};
  return Fail(
      ErrorCode::kInvalid, "{}: tensor '{}' has the impossible shape {}", origin_, tensor.name,
      tensor.shape.size() <= kMostDimensions ? tensor.ShapeText() : "of too many dimensions");
}

Result<void> Parser::Node(std::span<const std::byte> bytes, OnnxNode& node) {
  node.content = bytes;
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (field.type != 2) continue;
    if (field.number == 1) node.inputs.emplace_back(field.text());
    if (field.number == 2) node.outputs.emplace_back(field.text());
    if (field.number == 3) node.name = field.text();
    if (field.number == 4) node.op = field.text();
    if (field.number == 5) PERMILLE_TRY(Attribute(field.bytes, node, 0));
    if (field.number == 7) node.domain = field.text();
  }
  return Whole(reader, "a node");
}

Result<void> Parser::Attribute(std::span<const std::byte> bytes, OnnxNode& node, int depth) {
  WireReader reader(bytes);
  std::string name;
  std::optional<float> real;
  std::optional<std::int64_t> integer;
  std::vector<std::int64_t> integers;
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(1)) name = field.text();
    if (field.number == 2 && field.type == 5) {
      real = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
    }
    if (field.has_varint(3)) integer = static_cast<std::int64_t>(field.value);
    if (field.number == 8 && !ReadIntegers(field, integers)) return Damaged("an attribute");
    if (field.has_bytes(6) || field.has_bytes(11)) {
      node.has_subgraph = true;
      PERMILLE_TRY(Subgraph(field.bytes, depth + 1));
    }
  }
  if (real) node.floats[name] = *real;
  if (integer) node.integers[name] = *integer;
  if (!integers.empty()) node.integer_lists[name] = std::move(integers);
  return Whole(reader, "an attribute");
}

/// Only checked for depth and damage: what happens inside is the library's business.
Result<void> Parser::Subgraph(std::span<const std::byte> bytes, int depth) {
  if (depth > kDeepestSubgraph) {
    return Fail(ErrorCode::kInvalid, "{}: graphs nested deeper than {}", origin_, kDeepestSubgraph);
  }
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (!field.has_bytes(1)) continue;
    WireReader node_reader(field.bytes);
    OnnxNode ignored;
    for (WireField inner; node_reader.Next(inner);) {
      if (inner.has_bytes(5)) {
        PERMILLE_TRY(Attribute(inner.bytes, ignored, depth));
      }
    }
    PERMILLE_TRY(Whole(node_reader, "a subgraph's node"));
  }
  return Whole(reader, "a subgraph");
}

Result<void> Parser::Value(std::span<const std::byte> bytes, OnnxValue& value) {
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(1)) value.name = field.text();
    if (!field.has_bytes(2)) continue;
    WireReader type(field.bytes);
    for (WireField inner; type.Next(inner);) {
      if (inner.has_bytes(1)) PERMILLE_TRY(TensorType(inner.bytes, value));
    }
    PERMILLE_TRY(Whole(type, "a type"));
  }
  return Whole(reader, "an input or output");
}

Result<void> Parser::TensorType(std::span<const std::byte> bytes, OnnxValue& value) {
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (field.has_varint(1)) value.type = FromOnnx(field.value);
    if (!field.has_bytes(2)) continue;
    WireReader shape(field.bytes);
    for (WireField dimension; shape.Next(dimension);) {
      if (dimension.has_bytes(1)) {
        PERMILLE_TRY(Dimension(dimension.bytes, value));
      }
    }
    PERMILLE_TRY(Whole(shape, "a shape"));
  }
  return Whole(reader, "a type");
}

Result<void> Parser::Dimension(std::span<const std::byte> bytes, OnnxValue& value) {
  std::int64_t size = -1;
  std::string symbol;
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (field.has_varint(1)) size = static_cast<std::int64_t>(field.value);
    if (field.has_bytes(2)) symbol = field.text();
  }
  if (value.shape.size() >= kMostDimensions) {
    return Fail(ErrorCode::kInvalid, "{}: '{}' has too many dimensions", origin_, value.name);
  }
  value.shape.push_back(size);
  value.symbols.push_back(symbol);
  return Whole(reader, "a dimension");
}

bool IsFloat(std::optional<DType> type) {
  return type == DType::kFloat32 || type == DType::kFloat16 || type == DType::kBFloat16 ||
         type == DType::kFloat64;
}

}  // namespace

bool OnnxInitializer::is_float() const {
  return IsFloat(type);
}

std::string OnnxInitializer::ShapeText() const {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

Result<OnnxGraph> OnnxGraph::Parse(std::span<const std::byte> model, std::string_view origin) {
  OnnxGraph graph;
  graph.model = model;
  PERMILLE_TRY(Parser(origin).Model(model, graph));
  return graph;
}

bool OnnxGraph::weightless() const {
  return std::any_of(initializers.begin(), initializers.end(), [](const OnnxInitializer& tensor) {
    return tensor.external && tensor.location == kCutOut && tensor.offset == 0;
  });
}

const OnnxInitializer* OnnxGraph::Find(std::string_view name) const {
  const auto found = std::find_if(initializers.begin(), initializers.end(),
                                  [&](const OnnxInitializer& t) { return t.name == name; });
  return found == initializers.end() ? nullptr : &*found;
}

std::vector<const OnnxInitializer*> OnnxGraph::ParameterTensors() const {
  std::set<std::string_view> statistics;
  for (const OnnxNode& node : nodes) {
    if (node.op != "BatchNormalization" || node.inputs.size() < 5) continue;
    statistics.insert(node.inputs[3]);
    statistics.insert(node.inputs[4]);
  }
  const bool constants_marked = weightless();
  std::vector<const OnnxInitializer*> tensors;
  for (const OnnxInitializer& tensor : initializers) {
    if (!tensor.is_float() || tensor.shape.empty() || statistics.contains(tensor.name)) continue;
    if (constants_marked && tensor.name.starts_with(kConstantPrefix)) continue;
    tensors.push_back(&tensor);
  }
  return tensors;
}

std::int64_t OnnxGraph::Parameters() const {
  std::int64_t count = 0;
  for (const OnnxInitializer* const tensor : ParameterTensors()) count += tensor->elements;
  return count;
}

Bytes OnnxGraph::WeightBytes() const {
  double bytes = 0;
  for (const OnnxInitializer& tensor : initializers) {
    if (!tensor.type) continue;
    bytes += static_cast<double>(tensor.elements) * static_cast<double>(SizeOf(*tensor.type));
  }
  return Bytes(bytes);
}

}  // namespace permille
