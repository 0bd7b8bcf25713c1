// SPDX-License-Identifier: Apache-2.0
#include "engine/onnx_graph.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "engine/mapped_file.h"
#include "engine/onnx_fixture_test.h"
#include "engine/onnx_rewrite.h"
#include "engine/onnx_wire.h"
#include "engine/zstd_file.h"

namespace permille {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::span<const std::byte> BytesOf(const std::string& text) {
  return std::as_bytes(std::span(text));
}

/// A graph and the bytes it points into.
struct Held {
  std::string bytes;
  OnnxGraph graph;
};

std::unique_ptr<Held> Read(const std::string& path) {
  auto held = std::make_unique<Held>();
  held->bytes = *ReadFile(path);
  if (path.ends_with(".zst")) held->bytes = *DecompressZstd(BytesOf(held->bytes), path);
  auto graph = OnnxGraph::Parse(BytesOf(held->bytes), path);
  EXPECT_TRUE(graph) << (graph ? "" : graph.error().message);
  held->graph = std::move(*graph);
  return held;
}

std::string ParseError(const std::string& bytes) {
  const auto graph = OnnxGraph::Parse(BytesOf(bytes), "x.onnx");
  return graph ? "no error" : graph.error().message;
}

/// A ModelProto around one TensorProto.
std::string ModelWithTensor(const WireWriter& tensor) {
  WireWriter graph;
  graph.Text(5, tensor.bytes());
  WireWriter model;
  model.Text(7, graph.bytes());
  return model.Take();
}

TEST(OnnxGraph, ReadsInputsOutputsAndNodes) {
  const auto add = Read(OnnxFixture("add.onnx"));
  ASSERT_EQ(add->graph.inputs.size(), 2U);
  EXPECT_EQ(add->graph.inputs[1].name, "b");
  EXPECT_EQ(add->graph.inputs[1].type, DType::kFloat32);
  EXPECT_THAT(add->graph.inputs[1].shape, ElementsAre(-1, 2));
  EXPECT_EQ(add->graph.inputs[1].symbols[0], "batch");
  EXPECT_EQ(add->graph.outputs.at(0).name, "sum");
  EXPECT_EQ(add->graph.nodes.at(0).op, "Add");
  EXPECT_THAT(add->graph.nodes[0].inputs, ElementsAre("a", "b"));
}

TEST(OnnxGraph, ReadsWhereExternalTensorsLie) {
  const auto external = Read(OnnxFixture("external.onnx"));
  const OnnxInitializer* const w = external->graph.Find("w");
  ASSERT_NE(w, nullptr);
  EXPECT_TRUE(w->external);
  EXPECT_EQ(w->location, "external.bin");
  EXPECT_FALSE(external->graph.weightless());
}

TEST(OnnxGraph, CountsTheParametersOfPublishedModels) {
  // 66,362,880 of the study's model_parameters.csv, which leaves the head out, and the head's
  // 592,130.
  EXPECT_EQ(Read(DistilbertGraph())->graph.Parameters(), 66'362'880 + 592'130);
  // google/mobilenet_v1_1.0_224's model card: 4.2 million; counted by torch for the same
  // configuration.
  EXPECT_EQ(Read(OnnxFixture("mobilenet-v1.onnx.zst"))->graph.Parameters(), 4'233'001);
  // bert-base-uncased in model_parameters.csv, without its pooler (768 x 768 + 768).
  EXPECT_EQ(Read(OnnxFixture("bert-base-encoder.onnx.zst"))->graph.Parameters(),
            109'482'240 - 590'592);
}

TEST(OnnxGraph, RunningStatisticsAreNoParameters) {
  const auto held = Read(OnnxFixture("mobilenet-v1.onnx.zst"));
  std::int64_t all = 0;
  for (const OnnxInitializer& tensor : held->graph.initializers) {
    if (tensor.is_float() && !tensor.name.starts_with(kConstantPrefix)) all += tensor.elements;
  }
  // 27 normalisations with 10,944 channels in all, each with a mean and a variance.
  EXPECT_EQ(all - held->graph.Parameters(), 2 * 10'944);
}

TEST(OnnxGraph, SeesSubgraphs) {
  const auto branch = Read(OnnxFixture("branch.onnx"));
  EXPECT_FALSE(branch->graph.nodes[0].has_subgraph);
  EXPECT_TRUE(branch->graph.nodes[1].has_subgraph);
  EXPECT_TRUE(branch->graph.weightless());
}

TEST(OnnxGraph, EveryCutShortFileIsRefused) {
  for (const char* const name : {"gather.onnx", "branch.onnx", "external.onnx"}) {
    const std::string whole = *ReadFile(OnnxFixture(name));
    ASSERT_EQ(ParseError(whole), "no error");
    int refused = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      refused += ParseError(whole.substr(0, size)) != "no error";
    }
    // Behind the graph comes only the list of operator sets: without it the rest still reads as a
    // graph.
    EXPECT_GE(refused, static_cast<int>(whole.size()) - 8) << name;
  }
}

TEST(OnnxGraph, NoByteFlippedMakesItCrash) {
  const std::string whole = *ReadFile(OnnxFixture("branch.onnx"));
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char flip : {'\x01', '\x80', '\xFF'}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      refused += ParseError(damaged) != "no error";
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(OnnxGraph, TextIsNotOnnx) {
  EXPECT_THAT(ParseError("this is not a model"), HasSubstr("x.onnx: not"));
  EXPECT_THAT(ParseError(""), HasSubstr("no graph in it"));
}

TEST(OnnxGraph, ImpossibleShapesAreRefused) {
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{-1},
                                                 {std::int64_t{1} << 60},
                                                 {1 << 30, 1 << 30, 1 << 30},
                                                 std::vector<std::int64_t>(65, 1)}) {
    WireWriter tensor;
    for (const std::int64_t d : shape) tensor.Varint(1, static_cast<std::uint64_t>(d));
    tensor.Text(8, "w");
    EXPECT_THAT(ParseError(ModelWithTensor(tensor)), HasSubstr("'w' has the impossible shape"));
  }
}

TEST(OnnxGraph, ALengthOf2To60CostsNothing) {
  std::string bytes("\x3A", 1);                     // field 7, length-delimited
  bytes += "\x80\x80\x80\x80\x80\x80\x80\x80\x10";  // varint 2^60
  EXPECT_THAT(ParseError(bytes), HasSubstr("cut short"));
}

TEST(OnnxGraph, SubgraphsNestedTooDeepAreRefused) {
  std::string graph;
  for (int depth = 0; depth < 20; ++depth) {
    WireWriter attribute;
    attribute.Text(6, graph);
    WireWriter node;
    node.Text(5, attribute.bytes());
    WireWriter outer;
    outer.Text(1, node.bytes());
    graph = outer.Take();
  }
  WireWriter model;
  model.Text(7, graph);
  EXPECT_THAT(ParseError(model.bytes()), HasSubstr("nested deeper than 16"));
}

TEST(OnnxGraph, ATensorStoredTwiceIsRefused) {
  WireWriter tensor;
  tensor.Text(8, "w");
  WireWriter graph;
  graph.Text(5, tensor.bytes());
  graph.Text(5, tensor.bytes());
  WireWriter model;
  model.Text(7, graph.bytes());
  EXPECT_THAT(ParseError(model.bytes()), HasSubstr("'w' is stored twice"));
}

TEST(OnnxRewrite, WithoutChangesTheBytesAreTheSame) {
  const auto held = Read(DistilbertGraph());
  EXPECT_EQ(RewriteOnnx(held->graph, {}), held->bytes);
}

TEST(OnnxRewrite, PlacesStoresAndAddsOutputs) {
  const auto held = Read(OnnxFixture("half.onnx"));
  OnnxRewrite rewrite;
  rewrite.placed["w"] = {"elsewhere.bin", 4096, 6144};
  rewrite.stored["b"] = std::string(96, 'x');
  rewrite.more_outputs = {"extra"};
  const std::string bytes = RewriteOnnx(held->graph, rewrite);
  const auto again = OnnxGraph::Parse(BytesOf(bytes), "again");
  ASSERT_TRUE(again);
  const OnnxInitializer* const w = again->Find("w");
  EXPECT_EQ(w->location, "elsewhere.bin");
  EXPECT_EQ(w->offset, 4096U);
  EXPECT_EQ(w->length, 6144U);
  EXPECT_THAT(w->shape, ElementsAre(48, 64));
  EXPECT_EQ(w->type, DType::kFloat16);
  EXPECT_EQ(again->Find("b")->raw.size(), 96U);
  EXPECT_EQ(again->outputs.back().name, "extra");
}

// protobuf.dev/programming-guides/encoding: a known field of another wire type is an unknown field.
TEST(OnnxRewrite, PlacesATensorWhoseNameHasAFieldOfAnotherType) {
  WireWriter tensor;
  tensor.Varint(1, 2);
  tensor.Varint(2, 1);
  tensor.Text(8, "w");
  tensor.Varint(8, 7);
  const std::string bytes = ModelWithTensor(tensor);
  const auto graph = OnnxGraph::Parse(BytesOf(bytes), "x.onnx");
  ASSERT_TRUE(graph);
  ASSERT_NE(graph->Find("w"), nullptr);
  OnnxRewrite rewrite;
  rewrite.placed["w"] = {"elsewhere.bin", 4096, 8};
  const std::string written = RewriteOnnx(*graph, rewrite);
  const auto again = OnnxGraph::Parse(BytesOf(written), "again");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->Find("w")->location, "elsewhere.bin");
}

TEST(OnnxRewrite, StatisticsAreGatheredByNormalisingEachInput) {
  const auto held = Read(OnnxFixture("mobilenet-v1.onnx.zst"));
  OnnxRewrite rewrite;
  rewrite.gather_statistics = true;
  const std::string bytes = RewriteOnnx(held->graph, rewrite);
  const auto again = OnnxGraph::Parse(BytesOf(bytes), "again");
  ASSERT_TRUE(again);
  int instance = 0;
  for (const OnnxNode& node : again->nodes) {
    EXPECT_NE(node.op, "BatchNormalization");
    if (node.op != "InstanceNormalization") continue;
    ++instance;
    EXPECT_EQ(node.inputs.size(), 3U);
  }
  EXPECT_EQ(instance, 27);
}

TEST(MappedFile, SaysWhyItCannotBeRead) {
  EXPECT_EQ(MappedFile::Open("/nowhere/x.onnx").error().code, ErrorCode::kNotFound);
  EXPECT_THAT(MappedFile::Open("/proc").error().message, HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace permille
