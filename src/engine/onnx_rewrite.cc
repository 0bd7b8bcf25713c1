// SPDX-License-Identifier: Apache-2.0
#include "engine/onnx_rewrite.h"

#include "engine/onnx_wire.h"

namespace permille {
namespace {

void WriteEntry(WireWriter& tensor, std::string_view key, const std::string& value) {
  WireWriter entry;
  entry.Text(1, key);
  entry.Text(2, value);
  tensor.Text(13, entry.bytes());
}

/// Name, type and shape of a TensorProto; not its data.
void CopyHead(std::span<const std::byte> content, WireWriter& tensor) {
  WireReader reader(content);
  for (WireField field; reader.Next(field);) {
    if (field.number == 1 || field.number == 2 || field.number == 8) tensor.Raw(field.whole);
  }
}

/// TensorProto.DataType of what a rewrite may write.
std::uint64_t OnnxType(DType type) {
  return type == DType::kFloat16    ? 10
         : type == DType::kBFloat16 ? 16
         : type == DType::kInt8     ? 3
                                    : 1;
}

std::string StoredName(std::string_view tensor) {
  return std::string(tensor) + "/stored";
}

/// Cast(tensor/stored) -> tensor, to single precision.
std::string CastNode(std::string_view tensor) {
  constexpr std::uint64_t kInt = 2;  // AttributeProto.AttributeType
  WireWriter to;
  to.Text(1, "to");
  to.Varint(3, OnnxType(DType::kFloat32));
  to.Varint(20, kInt);
  WireWriter node;
  node.Text(1, StoredName(tensor));
  node.Text(2, tensor);
  node.Text(3, StoredName(tensor) + "/Cast");
  node.Text(4, "Cast");
  node.Text(5, to.bytes());
  return node.Take();
}

/// Name, type and shape where the type is another one.
void WriteStoredHead(std::span<const std::byte> content, DType type, WireWriter& tensor) {
  WireReader reader(content);
  for (WireField field; reader.Next(field);) {
    if (field.number == 1) tensor.Raw(field.whole);
    if (field.has_bytes(8)) tensor.Text(8, StoredName(field.text()));
  }
  tensor.Varint(2, OnnxType(type));
}

std::string Placed(std::span<const std::byte> content, const OnnxPlacement& place) {
  WireWriter tensor;
  if (place.stored_as) {
    WriteStoredHead(content, *place.stored_as, tensor);
  } else {
    CopyHead(content, tensor);
  }
  WriteEntry(tensor, "location", place.location);
  WriteEntry(tensor, "offset", std::to_string(place.offset));
  WriteEntry(tensor, "length", std::to_string(place.length));
  tensor.Varint(14, 1);
  return tensor.Take();
}

std::string Added(const OnnxAddedTensor& added) {
  WireWriter tensor;
  for (const std::int64_t size : added.shape) tensor.Varint(1, static_cast<std::uint64_t>(size));
  tensor.Varint(2, OnnxType(added.type));
  tensor.Text(8, added.name);
  WriteEntry(tensor, "location", added.place.location);
  WriteEntry(tensor, "offset", std::to_string(added.place.offset));
  WriteEntry(tensor, "length", std::to_string(added.place.length));
  tensor.Varint(14, 1);
  return tensor.Take();
}

std::string Stored(std::span<const std::byte> content, const std::string& bytes) {
  WireWriter tensor;
  CopyHead(content, tensor);
  tensor.Text(9, bytes);
  return tensor.Take();
}

/// A text of a message: as the reader (onnx_graph.cc) has it, the last one counts, and only a text.
std::string LastText(std::span<const std::byte> content, std::uint32_t number) {
  std::string text;
  WireReader reader(content);
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(number)) text = field.text();
  }
  return text;
}

std::string TensorName(std::span<const std::byte> content) {
  return LastText(content, 8);
}

std::string NodeOp(std::span<const std::byte> content) {
  return LastText(content, 4);
}

std::string AttributeName(std::span<const std::byte> content) {
  return LastText(content, 1);
}

/// BatchNormalization(X, scale, B, mean, var) as InstanceNormalization(X, scale, B).
std::string AsInstanceNormalization(std::span<const std::byte> content) {
  WireWriter node;
  int inputs = 0;
  int outputs = 0;
  WireReader reader(content);
  for (WireField field; reader.Next(field);) {
    if (field.type != 2) continue;
    if (field.number == 1 && inputs++ >= 3) continue;
    if (field.number == 2 && outputs++ >= 1) continue;
    if (field.number == 5 && AttributeName(field.bytes) != "epsilon") continue;
    if (field.number == 4) {
      node.Text(4, "InstanceNormalization");
    } else {
      node.Raw(field.whole);
    }
  }
  return node.Take();
}

std::string RewriteGraph(std::span<const std::byte> content, const OnnxRewrite& rewrite) {
  WireWriter graph;
  graph.Reserve(content.size() + 128 * rewrite.placed.size());
  for (const auto& [name, place] : rewrite.placed) {
    if (place.stored_as) graph.Text(1, CastNode(name));
  }
  for (const OnnxAddedTensor& added : rewrite.added) graph.Text(5, Added(added));
  WireReader reader(content);
  std::size_t node = 0;
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(1)) {
      if (const auto other = rewrite.nodes.find(node++); other != rewrite.nodes.end()) {
        graph.Text(1, other->second);
        continue;
      }
    }
    if (field.has_bytes(5)) {
      const std::string name = TensorName(field.bytes);
      if (rewrite.dropped.contains(name)) continue;
      if (const auto placed = rewrite.placed.find(name); placed != rewrite.placed.end()) {
        graph.Text(5, Placed(field.bytes, placed->second));
        continue;
      }
      if (const auto stored = rewrite.stored.find(name); stored != rewrite.stored.end()) {
        graph.Text(5, Stored(field.bytes, stored->second));
        continue;
      }
    }
    if (field.has_bytes(1) && rewrite.gather_statistics &&
        NodeOp(field.bytes) == "BatchNormalization") {
      graph.Text(1, AsInstanceNormalization(field.bytes));
      continue;
    }
    graph.Raw(field.whole);
  }
  for (const std::string& name : rewrite.more_outputs) {
    WireWriter value;
    value.Text(1, name);
    graph.Text(12, value.bytes());
  }
  return graph.Take();
}

/// The contributed operators of ONNX Runtime, where the graph does not import them yet.
void ImportMicrosoft(const OnnxGraph& graph, WireWriter& model) {
  constexpr std::string_view kDomain = "com.microsoft";
  WireReader reader(graph.model);
  for (WireField field; reader.Next(field);) {
    if (!field.has_bytes(8)) continue;
    WireReader import(field.bytes);
    for (WireField part; import.Next(part);) {
      if (part.has_bytes(1) && part.text() == kDomain) return;
    }
  }
  WireWriter import;
  import.Text(1, kDomain);
  import.Varint(2, 1);
  model.Text(8, import.bytes());
}

}  // namespace

std::string RewriteOnnx(const OnnxGraph& graph, const OnnxRewrite& rewrite) {
  WireWriter model;
  model.Reserve(graph.model.size() + 128 * rewrite.placed.size());
  WireReader reader(graph.model);
  for (WireField field; reader.Next(field);) {
    if (field.has_bytes(7)) {
      model.Text(7, RewriteGraph(field.bytes, rewrite));
    } else {
      model.Raw(field.whole);
    }
  }
  if (!rewrite.nodes.empty()) ImportMicrosoft(graph, model);
  return model.Take();
}

}  // namespace permille
