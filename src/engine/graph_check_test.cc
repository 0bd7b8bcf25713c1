// SPDX-License-Identifier: Apache-2.0
#include "engine/graph_check.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "engine/onnx_fixture_test.h"
#include "engine/onnx_graph.h"
#include "engine/onnx_rewrite.h"
#include "engine/onnx_wire.h"
#include "engine/zstd_file.h"
#include "support/temp_tree.h"
#include "support/zstd_bomb.h"

namespace permille {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GraphCheck : public WithOnnxRuntime {
 protected:
  /// DistilBERT's graph, rewritten.
  std::string Rewritten(const OnnxRewrite& rewrite) {
    const std::string packed = *ReadFile(DistilbertGraph());
    const auto whole = DecompressZstd(std::as_bytes(std::span(packed)), "graph");
    const auto graph = OnnxGraph::Parse(std::as_bytes(std::span(*whole)), "graph");
    tree_.AddFile("other.onnx", RewriteOnnx(*graph, rewrite));
    return tree_.Path("other.onnx");
  }
  static std::string ErrorOf(const std::string& path, bool execute = false) {
    const auto checked = CheckGraph(path, {{}, execute});
    return checked ? "no error" : checked.error().message;
  }

  TempTree tree_;
};

// google-bert's DistilBERT with two labels: 66,362,880 parameters as the study's
// model_parameters.csv counts the body, and the head's 768 x 768 + 768 + 2 x 768 + 2.
TEST_F(GraphCheck, TellsInputsOutputsAndParameters) {
  const auto checked = CheckGraph(DistilbertGraph());
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->parameter_count(), 66'362'880 + 768 * 768 + 768 + 2 * 768 + 2);
  ASSERT_EQ(checked->inputs.size(), 2U);
  EXPECT_EQ(checked->inputs[0].name, "input_ids");
  EXPECT_EQ(checked->inputs[0].type, DType::kInt64);
  EXPECT_THAT(checked->inputs[0].symbols, ElementsAre("batch", "sequence"));
  ASSERT_EQ(checked->outputs.size(), 1U);
  EXPECT_EQ(checked->outputs[0].name, "logits");
  EXPECT_THAT(checked->outputs[0].shape, ElementsAre(-1, 2));
}

TEST_F(GraphCheck, AWeightOfAnotherShapeIsRefused) {
  const std::string weight = "distilbert.transformer.layer.2.ffn.lin1.weight";
  OnnxRewrite rewrite;
  rewrite.dropped = {weight};
  rewrite.added = {{weight, DType::kFloat32, {3072, 767}, {"weights", 0, 3072 * 767 * 4}}};
  const std::string error = ErrorOf(Rewritten(rewrite));
  EXPECT_THAT(error, HasSubstr("other.onnx"));
  EXPECT_THAT(error, HasSubstr("Incompatible dimensions"));
}

TEST_F(GraphCheck, AnOutputOfAnotherShapeThanDeclaredIsRefused) {
  OnnxRewrite rewrite;
  rewrite.dropped = {"classifier.weight", "classifier.bias"};
  rewrite.added = {{"classifier.weight", DType::kFloat32, {3, 768}, {"weights", 0, 3 * 768 * 4}},
                   {"classifier.bias", DType::kFloat32, {3}, {"weights", 0, 12}}};
  EXPECT_THAT(ErrorOf(Rewritten(rewrite)), HasSubstr("Inferred=3 Declared=2"));
}

TEST_F(GraphCheck, AWeightThatIsNotThereIsNamed) {
  const std::string weight = "distilbert.transformer.layer.2.ffn.lin1.weight";
  OnnxRewrite rewrite;
  rewrite.dropped = {weight};
  EXPECT_THAT(ErrorOf(Rewritten(rewrite)), HasSubstr(weight));
}

TEST_F(GraphCheck, AWeightOfAnotherTypeIsRefused) {
  const std::string weight = "distilbert.transformer.layer.2.ffn.lin1.weight";
  OnnxRewrite rewrite;
  rewrite.dropped = {weight};
  rewrite.added = {{weight, DType::kFloat16, {3072, 768}, {"weights", 0, 3072 * 768 * 2}}};
  EXPECT_THAT(ErrorOf(Rewritten(rewrite)), HasSubstr("bound to different types"));
}

TEST_F(GraphCheck, FilesThatAreNoGraphsAreRefused) {
  EXPECT_THAT(ErrorOf(tree_.Path("nowhere.onnx.zst")), HasSubstr("nowhere.onnx.zst"));
  const std::string packed = *ReadFile(DistilbertGraph());
  tree_.AddFile("cut.onnx.zst", packed.substr(0, packed.size() / 2));
  EXPECT_THAT(ErrorOf(tree_.Path("cut.onnx.zst")), HasSubstr("cut short"));
  tree_.AddFile("text.onnx", "not a graph at all");
  EXPECT_THAT(ErrorOf(tree_.Path("text.onnx")), HasSubstr("text.onnx"));
  tree_.AddFile("bomb.onnx.zst", ZstdBomb());
  EXPECT_THAT(ErrorOf(tree_.Path("bomb.onnx.zst")), HasSubstr("unpacks to more than"));
}

TEST_F(GraphCheck, AWeightLargerThanAnyMemoryIsNamed) {
  const auto mode = ReadFile("/proc/sys/vm/overcommit_memory");
  if (mode && mode->starts_with("1")) GTEST_SKIP() << "this system maps files of any size";
  EXPECT_THAT(ErrorOf(OnnxFixture("huge.onnx")),
              HasSubstr("huge.onnx: no room for tensor 'w' of 4398.0 GB"));
}

TEST_F(GraphCheck, AGraphIsExecutedOnZeros) {
  EXPECT_EQ(ErrorOf(DistilbertGraph(), true), "no error");
  EXPECT_EQ(ErrorOf(OnnxFixture("mobilenet-v1.onnx.zst"), true), "no error");
}

// Of 16 positions and a batch of 32 tokens no shape tells.
TEST_F(GraphCheck, WhatOnlyARunCanTellIsFoundByARun) {
  const std::string table = "distilbert.embeddings.position_embeddings.weight";
  OnnxRewrite rewrite;
  rewrite.dropped = {table};
  rewrite.added = {{table, DType::kFloat32, {16, 768}, {"weights", 0, 16 * 768 * 4}}};
  const std::string path = Rewritten(rewrite);
  EXPECT_EQ(ErrorOf(path), "no error");
  EXPECT_THAT(ErrorOf(path, true), HasSubstr("out of data bounds"));
}

/// y = Relu(x), field numbers as in onnx.proto.
std::string ReluOf(std::initializer_list<std::uint64_t> shape) {
  WireWriter sizes;
  for (const std::uint64_t size : shape) {
    WireWriter dimension;
    dimension.Varint(1, size);
    sizes.Text(1, dimension.bytes());
  }
  WireWriter tensor;
  tensor.Varint(1, 1);  // float
  tensor.Text(2, sizes.bytes());
  WireWriter type;
  type.Text(1, tensor.bytes());
  WireWriter node;
  node.Text(1, "x");
  node.Text(2, "y");
  node.Text(4, "Relu");
  WireWriter graph;
  graph.Text(1, node.bytes());
  graph.Text(2, "g");
  for (const auto& [field, name] : {std::pair{11, "x"}, {12, "y"}}) {
    WireWriter value;
    value.Text(1, name);
    value.Text(2, type.bytes());
    graph.Text(field, value.bytes());
  }
  WireWriter opset;
  opset.Varint(2, 17);
  WireWriter model;
  model.Varint(1, 8);
  model.Text(7, graph.bytes());
  model.Text(8, opset.bytes());
  return model.Take();
}

TEST_F(GraphCheck, AnInputThatNoMemoryHoldsIsNotMade) {
  tree_.AddFile("small.onnx", ReluOf({2, 3}));
  EXPECT_EQ(ErrorOf(tree_.Path("small.onnx"), true), "no error");
  tree_.AddFile("large.onnx", ReluOf({1, 1 << 20, 1 << 20}));
  EXPECT_EQ(ErrorOf(tree_.Path("large.onnx")), "no error");
  EXPECT_THAT(ErrorOf(tree_.Path("large.onnx"), true),
              HasSubstr("input 'x' is too large to be made up: [1,1048576,1048576]"));
  tree_.AddFile("wraps.onnx", ReluOf({1ULL << 32, 1ULL << 33}));
  EXPECT_THAT(ErrorOf(tree_.Path("wraps.onnx"), true), HasSubstr("too large to be made up"));
}

TEST_F(GraphCheck, ACompleteGraphIsCheckedWithItsOwnWeights) {
  EXPECT_EQ(ErrorOf(OnnxFixture("add.onnx"), true), "no error");
  EXPECT_EQ(ErrorOf(OnnxFixture("external.onnx"), true), "no error");
}

TEST_F(GraphCheck, NothingIsLeftBehind) {
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TMPDIR", tree_.root().c_str(), 1);
  EXPECT_EQ(ErrorOf(DistilbertGraph(), true), "no error");
  if (kept.empty()) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", kept.c_str(), 1);
  }
  EXPECT_TRUE(std::filesystem::is_empty(tree_.root()));
}

}  // namespace
}  // namespace permille
