// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>

#include "base/json.h"
#include "engine/half_graph.h"
#include "engine/onnx_fixture_test.h"
#include "engine/onnx_wire.h"
#include "engine/quantise.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::HasSubstr;

class InOtherPrecision : public WithOnnxRuntime {
 protected:
  std::vector<float> Logits(const std::string& graph, const std::string& weights,
                            Precision precision) {
    const auto expected = ReadJsonFile(OnnxFixture("tiny-distilbert.expected.json"));
    SessionOptions options;
    options.precision = precision;
    options.force = true;
    auto session = Load(graph, weights, options);
    EXPECT_TRUE(session) << (session ? "" : session.error().message);
    if (!session || !expected) return {};
    std::vector<OwnedTensor> inputs;
    for (const auto& [key, value] : (*expected)["inputs"].items()) {
      inputs.push_back(OwnedTensor::Integers(key, value["shape"].get<std::vector<std::int64_t>>(),
                                             value["data"].get<std::vector<std::int64_t>>()));
    }
    const auto outputs = (*session)->Run(Views(inputs));
    EXPECT_TRUE(outputs) << (outputs ? "" : outputs.error().message);
    if (!outputs) return {};
    const auto values = outputs->at(0).as<float>();
    return {values.begin(), values.end()};
  }
};

TEST_F(InOtherPrecision, AgreesWithOnnxRuntimesOwnQuantiser) {
  const auto golden =
      ReadJsonFile(std::string(PERMILLE_SOURCE_DIR) + "/test/data/golden/quantised.json");
  ASSERT_TRUE(golden) << golden.error().message;
  const std::string weights = OnnxFixture("tiny-distilbert.safetensors");
  const auto int8 = Logits(OnnxFixture("tiny-distilbert.onnx.zst"), weights, Precision::kInt8);
  const auto expected = (*golden)["int8"].get<std::vector<float>>();
  const auto single = (*golden)["fp32"].get<std::vector<float>>();
  ASSERT_EQ(int8.size(), expected.size());
  for (std::size_t i = 0; i < int8.size(); ++i) {
    // Its own kernels differ by processor (saturating or not), far less than quantising does.
    EXPECT_NEAR(int8[i], expected[i], 0.3 * std::abs(expected[i] - single[i]) + 1e-4) << i;
    EXPECT_NE(int8[i], single[i]);
  }
}

TEST_F(InOtherPrecision, RandomWeightsCanBeQuantised) {
  const std::string graph = OnnxFixture("tiny-distilbert.onnx.zst");
  const auto whole = Logits(graph, "random:3", Precision::kAsGraph);
  const auto int8 = Logits(graph, "random:3", Precision::kInt8);
  ASSERT_EQ(whole.size(), int8.size());
  ASSERT_FALSE(whole.empty());
  EXPECT_NE(whole, int8);
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    difference += std::pow(whole[i] - int8[i], 2);
    size += std::pow(whole[i], 2);
  }
  EXPECT_LT(difference / size, 0.05);
}

TEST_F(InOtherPrecision, AGraphWithoutProductsIsRefused) {
  SessionOptions options;
  options.precision = Precision::kInt8;
  EXPECT_THAT(LoadError(OnnxFixture("gather.onnx"), "file", options),
              HasSubstr("no product with a trained matrix"));
}

TEST_F(InOtherPrecision, HalfPrecisionAgreesWithSingleToItsDigits) {
  // binary16 has 11 significant bits: 2^-11 a rounding, over a dozen layers.
  const std::string weights = OnnxFixture("tiny-distilbert.safetensors");
  const std::string graph = OnnxFixture("tiny-distilbert.onnx.zst");
  const auto half = Logits(graph, weights, Precision::kFloat16);
  const auto single = Logits(graph, weights, Precision::kAsGraph);
  ASSERT_EQ(half.size(), single.size());
  ASSERT_FALSE(half.empty());
  for (std::size_t i = 0; i < half.size(); ++i) EXPECT_NEAR(half[i], single[i], 0.02) << i;
  EXPECT_NE(half, single);
}

TEST_F(InOtherPrecision, HalfPrecisionKeepsNormsAndScalesOfAConvolutionalNet) {
  SessionOptions options;
  options.precision = Precision::kFloat16;
  options.force = true;
  auto half = Load(OnnxFixture("tiny-mobilenet.onnx.zst"),
                   OnnxFixture("tiny-mobilenet.safetensors"), options);
  ASSERT_TRUE(half) << half.error().message;
  auto single =
      Load(OnnxFixture("tiny-mobilenet.onnx.zst"), OnnxFixture("tiny-mobilenet.safetensors"));
  ASSERT_TRUE(single) << single.error().message;
  std::vector<std::int64_t> shape = (*single)->inputs().at(0).shape;
  std::size_t size = 1;
  for (std::int64_t& d : shape) size *= static_cast<std::size_t>(d = d < 0 ? 1 : d);
  std::vector<float> pixels(size);
  for (std::size_t i = 0; i < size; ++i) pixels[i] = static_cast<float>(i % 17) / 17 - 0.5F;
  const OwnedTensor x = OwnedTensor::Floats("pixel_values", shape, pixels);
  const auto a = (*half)->Run(Views({x}));
  const auto b = (*single)->Run(Views({x}));
  ASSERT_TRUE(a) << a.error().message;
  ASSERT_TRUE(b) << b.error().message;
  const auto ours = a->at(0).as<float>();
  const auto theirs = b->at(0).as<float>();
  double difference = 0;
  double energy = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    difference += std::pow(ours[i] - theirs[i], 2);
    energy += std::pow(theirs[i], 2);
  }
  EXPECT_LT(difference / energy, 1e-4);
}

TEST_F(InOtherPrecision, HalfPrecisionOnACpuHasToBeForced) {
  SessionOptions options;
  options.precision = Precision::kFloat16;
  EXPECT_THAT(LoadError(OnnxFixture("tied.onnx"), "random", options), HasSubstr("--force"));
}

TEST(Precision, WordsAreFp32Fp16AndInt8) {
  EXPECT_EQ(*ParsePrecision("int8"), Precision::kInt8);
  EXPECT_EQ(*ParsePrecision("fp32"), Precision::kAsGraph);
  EXPECT_THAT(ParsePrecision("int4").error().message, HasSubstr("'int4'"));
}

TEST(HalfGraph, AFieldOfAnotherTypeIsNoNode) {
  WireWriter node;
  node.Text(1, "x");
  node.Text(2, "y");
  node.Text(4, "Relu");
  WireWriter graph;
  graph.Text(1, node.bytes());
  graph.Varint(1, 7);
  WireWriter model;
  model.Text(7, graph.bytes());
  const std::string bytes = model.Take();
  const auto read = OnnxGraph::Parse(std::as_bytes(std::span(bytes)), "x.onnx");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->nodes.size(), 1U);
  const auto half = MakeHalf(*read, {}, "", "x.onnx");
  ASSERT_TRUE(half) << half.error().message;
  const auto again = OnnxGraph::Parse(std::as_bytes(std::span(half->model)), "again");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->nodes.size(), 1U);
}

}  // namespace
}  // namespace permille
