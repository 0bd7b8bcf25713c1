// SPDX-License-Identifier: Apache-2.0
#include "engine/weight_role.h"

#include <gmock/gmock.h>

namespace permille {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = WeightRole::Kind;

/// A graph of named trained tensors and nodes, built in a test's own words.
struct Built {
  OnnxGraph graph;

  Built& Tensor(const std::string& name, std::vector<std::int64_t> shape) {
    OnnxInitializer tensor;
    tensor.name = name;
    tensor.type = DType::kFloat32;
    tensor.shape = std::move(shape);
    graph.initializers.push_back(tensor);
    return *this;
  }
  Built& Input(const std::string& name) {
    graph.inputs.push_back({name, DType::kFloat32, {4}, {}});
    return *this;
  }
  Built& Node(const std::string& op, std::vector<std::string> inputs,
              std::map<std::string, std::int64_t> integers = {}, const std::string& output = "y") {
    OnnxNode node;
    node.name = "the_" + op;
    node.op = op;
    node.inputs = std::move(inputs);
    node.outputs = {output};
    node.integers = std::move(integers);
    graph.nodes.push_back(node);
    return *this;
  }
  WeightRole Role(const std::string& tensor) const {
    const auto roles = TellWeightRoles(graph, "net.onnx");
    EXPECT_TRUE(roles) << (roles ? "" : roles.error().message);
    return roles->roles.at(tensor);
  }
  std::string Refusal() const {
    const auto roles = TellWeightRoles(graph, "net.onnx");
    return roles ? "none" : roles.error().message;
  }
};

std::int64_t FanIn(const std::string& op, std::vector<std::int64_t> shape,
                   std::map<std::string, std::int64_t> integers = {}, bool left = false) {
  const WeightRole role =
      Built()
          .Tensor("w", std::move(shape))
          .Node(op, left ? std::vector<std::string>{"w", "x"} : std::vector<std::string>{"x", "w"},
                std::move(integers))
          .Role("w");
  EXPECT_EQ(role.kind, Kind::kMatrix);
  return role.fan_in;
}

TEST(WeightRole, FanInOfProducts) {
  EXPECT_EQ(FanIn("Gemm", {2, 768}, {{"transB", 1}}), 768);
  EXPECT_EQ(FanIn("Gemm", {768, 2}), 768);
  EXPECT_EQ(FanIn("MatMul", {12, 64, 128}), 64);
  EXPECT_EQ(FanIn("FusedMatMul", {3072, 768}, {{"transB", 1}}), 768);
  EXPECT_EQ(FanIn("MatMul", {5, 7}, {}, true), 7);
  EXPECT_EQ(FanIn("Gemm", {5, 7}, {{"transA", 1}}, true), 5);
  EXPECT_EQ(FanIn("MatMul", {9}), 9);
}

TEST(WeightRole, FanInOfFilters) {
  EXPECT_EQ(FanIn("Conv", {64, 3, 7, 7}), 147);
  EXPECT_EQ(FanIn("Conv", {32, 1, 3, 3}), 9);  // depthwise
  EXPECT_EQ(FanIn("Conv", {8, 4, 5}), 20);
  Built transposed;
  transposed.Tensor("w", {16, 8, 4, 4}).Node("ConvTranspose", {"x", "w"});
  transposed.graph.nodes[0].integer_lists["strides"] = {2, 2};
  EXPECT_EQ(transposed.Role("w").fan_in, 64);
}

TEST(WeightRole, ATransposedWeightIsReadTheOtherWay) {
  Built built;
  built.Tensor("w", {2, 768}).Node("Transpose", {"w"}, {}, "wt").Node("MatMul", {"x", "wt"});
  EXPECT_EQ(built.Role("w").fan_in, 768);
}

TEST(WeightRole, VectorsAreShiftsAndScales) {
  const Built built = Built()
                          .Tensor("b", {8})
                          .Tensor("s", {8})
                          .Tensor("m", {8})
                          .Tensor("v", {8})
                          .Tensor("p", {1, 197, 8})
                          .Node("Gemm", {"x", "y", "b"})
                          .Node("BatchNormalization", {"x", "s", "b", "m", "v"})
                          .Node("Add", {"x", "p"});
  EXPECT_EQ(built.Role("b").kind, Kind::kShift);
  EXPECT_EQ(built.Role("s").kind, Kind::kScale);
  EXPECT_EQ(built.Role("m").kind, Kind::kMean);
  EXPECT_EQ(built.Role("v").kind, Kind::kVariance);
  EXPECT_EQ(built.Role("p").kind, Kind::kTable);  // positions of a vision transformer
}

TEST(WeightRole, AnEmbeddingUsedAsTheLastLayerIsTied) {
  Built built;
  built.Tensor("w", {500, 64})
      .Node("Gather", {"w", "ids"})
      .Node("Gemm", {"x", "w"}, {{"transB", 1}});
  EXPECT_EQ(built.Role("w").kind, Kind::kTied);
  EXPECT_EQ(built.Role("w").fan_in, 64);
}

TEST(WeightRole, LayersAreListedInOrder) {
  Built built;
  built.Input("x").Tensor("w", {4, 4}).Tensor("v", {4, 4});
  built.Node("MatMul", {"x", "w"}, {}, "first")
      .Node("Relu", {"first"}, {}, "r")
      .Node("MatMul", {"r", "v"}, {}, "second");
  const auto roles = TellWeightRoles(built.graph, "net");
  ASSERT_EQ(roles->layers.size(), 2U);
  EXPECT_EQ(roles->layers[0].name, "first");
  EXPECT_EQ(roles->layers[1].name, "second");
}

TEST(WeightRole, AProductAndItsBiasAreOneLayer) {
  Built built;
  built.Input("x").Tensor("w", {4, 4}).Tensor("b", {4}).Tensor("positions", {9, 4});
  built.Node("MatMul", {"x", "w"}, {}, "product")
      .Node("Add", {"b", "product"}, {}, "whole")
      .Node("MatMul", {"whole", "w"}, {}, "bare")
      .Node("Add", {"bare", "positions"}, {}, "placed");
  const auto roles = TellWeightRoles(built.graph, "net");
  ASSERT_TRUE(roles) << roles.error().message;
  std::vector<std::string> names;
  for (const WeightedLayer& layer : roles->layers) names.push_back(layer.name + "=" + layer.matrix);
  EXPECT_THAT(names, ElementsAre("whole=w", "bare=w", "placed="));
}

TEST(WeightRole, WhatNoInputReachesIsNoLayer) {
  // The safety checker of Stable Diffusion divides its concepts by their lengths.
  Built built;
  built.Input("x").Tensor("concepts", {17, 768});
  built.Node("ReduceL2", {"concepts"}, {}, "lengths")
      .Node("Div", {"concepts", "lengths"}, {}, "unit")
      .Node("MatMul", {"x", "unit"}, {}, "cosines");
  const auto roles = TellWeightRoles(built.graph, "net");
  ASSERT_TRUE(roles) << roles.error().message;
  EXPECT_TRUE(roles->layers.empty());
}

TEST(WeightRole, AReshapedVectorIsFollowedAndAMatrixIsNot) {
  const auto reshaped = [](std::vector<std::int64_t> shape) {
    Built built;
    built.Tensor("w", std::move(shape)).Node("Reshape", {"w", "to"}, {}, "r");
    built.Node("Add", {"x", "r"});
    return built;
  };
  EXPECT_EQ(reshaped({8}).Role("w").kind, Kind::kShift);  // DeBERTa's q_bias
  EXPECT_THAT(reshaped({4, 8}).Refusal(), HasSubstr("what tensor 'w' does in node 'the_Reshape'"));
}

TEST(WeightRole, DataDependentWorkIsRefusedByName) {
  for (const char* const op : {"If", "Loop", "MoE", "NonZero", "NonMaxSuppression"}) {
    EXPECT_THAT(Built().Node(op, {"x"}).Refusal(), HasSubstr(std::string("the_") + op));
  }
  Built hidden;
  hidden.Node("SomethingNew", {"x"});
  hidden.graph.nodes[0].has_subgraph = true;
  EXPECT_THAT(hidden.Refusal(), HasSubstr("the_SomethingNew"));
}

TEST(WeightRole, RowsArePickedInAGraphOfOneSizeOnly) {
  for (const char* const op : {"NonZero", "Unique", "Compress", "NonMaxSuppression"}) {
    Built built;
    built.Input("x").Node(op, {"x"});
    EXPECT_THAT(built.Refusal(), HasSubstr(op));  // no output is known
    built.graph.outputs.push_back({"y", DType::kFloat32, {300, 4}, {}});
    EXPECT_EQ(built.Refusal(), "none");
    built.graph.outputs.push_back({"z", DType::kFloat32, {-1, 4}, {"picked", ""}});
    EXPECT_THAT(built.Refusal(), HasSubstr(op));
  }
}

TEST(WeightRole, AClassTokenIsFollowedThroughItsShapes) {
  Built token;
  token.Tensor("w", {1, 1, 8}).Node("Expand", {"w", "batch"}, {}, "e").Node("Concat", {"e", "x"});
  EXPECT_EQ(token.Role("w").kind, Kind::kTable);
  Built queries;
  queries.Tensor("w", {100, 8}).Node("Unsqueeze", {"w"}, {}, "u").Node("Add", {"u", "x"});
  EXPECT_EQ(queries.Role("w").kind, Kind::kTable);
  Built relative;  // DeBERTa normalises its table of relative positions
  relative.Tensor("w", {512, 8}).Node("LayerNormalization", {"w", "s", "b"});
  EXPECT_EQ(relative.Role("w").kind, Kind::kTable);
}

TEST(WeightRole, AnUnknownUseIsRefusedByName) {
  EXPECT_THAT(Built().Tensor("w", {4, 4}).Node("Einsum", {"x", "w"}).Refusal(),
              HasSubstr("what tensor 'w' does in node 'the_Einsum'"));
}

}  // namespace
}  // namespace permille
