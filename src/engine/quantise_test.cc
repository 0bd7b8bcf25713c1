// SPDX-License-Identifier: Apache-2.0
#include "engine/quantise.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/json.h"
#include "engine/onnx_fixture_test.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::HasSubstr;

class Quantised : public WithOnnxRuntime {
 protected:
  std::vector<float> Logits(const std::string& graph, const std::string& weights,
                            Precision precision) {
    const auto expected = ReadJsonFile(OnnxFixture("tiny-distilbert.expected.json"));
    SessionOptions options;
    options.precision = precision;
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

TEST_F(Quantised, AgreesWithOnnxRuntimesOwnQuantiser) {
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

TEST_F(Quantised, RandomWeightsCanBeQuantised) {
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

TEST_F(Quantised, AGraphWithoutProductsIsRefused) {
  SessionOptions options;
  options.precision = Precision::kInt8;
  EXPECT_THAT(LoadError(OnnxFixture("gather.onnx"), "file", options),
              HasSubstr("no product with a trained matrix"));
}

TEST(Precision, WordsAreFp32AndInt8) {
  EXPECT_EQ(*ParsePrecision("int8"), Precision::kInt8);
  EXPECT_EQ(*ParsePrecision("fp32"), Precision::kAsGraph);
  EXPECT_THAT(ParsePrecision("int4").error().message, HasSubstr("'int4'"));
}

}  // namespace
}  // namespace permille
