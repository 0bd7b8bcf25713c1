// SPDX-License-Identifier: Apache-2.0
#include "engine/layer_check.h"

#include <gmock/gmock.h>

#include <limits>

#include "engine/random_fill.h"

namespace permille {
namespace {

using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TensorOutput Output(const std::vector<float>& values, std::vector<std::int64_t> shape = {}) {
  TensorOutput output;
  output.name = "x";
  output.shape = std::move(shape);
  output.bytes = std::as_bytes(std::span(values));
  return output;
}

/// 1,000 values of `usual`, the first `count` replaced.
std::string Verdict(float usual, float replaced = 0, std::size_t count = 0) {
  std::vector<float> values(1000, usual);
  std::fill_n(values.begin(), count, replaced);
  const auto result = CheckLayer(LookAt(Output(values)), "block.13", "net.onnx");
  return result ? "passes" : result.error().message;
}

TEST(LayerCheck, RmsBetweenATenthAndTenPasses) {
  EXPECT_EQ(Verdict(1), "passes");
  EXPECT_EQ(Verdict(-9.9F), "passes");
  EXPECT_EQ(Verdict(0.11F), "passes");
  EXPECT_THAT(Verdict(10.1F), HasSubstr("'block.13' has a root mean square of 10.1"));
  EXPECT_THAT(Verdict(0.09F), HasSubstr("0.09, outside [0.1, 10]"));
}

TEST(LayerCheck, OnePercentMayBeBrokenAndNoMore) {
  for (const float broken : {kNan, kInfinity, 1e-40F}) {
    EXPECT_EQ(Verdict(1, broken, 10), "passes") << broken;
    EXPECT_THAT(Verdict(1, broken, 11), HasSubstr("is 1.1 % NaN, infinite or denormal")) << broken;
  }
}

TEST(LayerCheck, ZerosAreNumbersUnlessThereIsNothingElse) {
  EXPECT_EQ(Verdict(2, 0, 900), "passes");
  EXPECT_THAT(
      Verdict(0),
      HasSubstr("net.onnx: random weights refused: the output of layer 'block.13' is all zero"));
}

TEST(LayerCheck, TheRmsOfAFewValuesIsTakenLessSeriously) {
  const auto check = [](std::size_t count, float value) {
    return CheckLayer(LookAt(Output(std::vector<float>(count, value))), "logits", "net")
        .has_value();
  };
  EXPECT_TRUE(check(2, 0.05F));
  EXPECT_FALSE(check(2, 0.005F));
  EXPECT_FALSE(check(32, 0.05F));
}

TEST(LayerCheck, HalvesHaveTheirOwnDenormals) {
  const std::string bytes = EncodeFloats(DType::kFloat16, std::vector<float>(100, 0x1p-16F));
  TensorOutput output;
  output.type = DType::kFloat16;
  output.bytes = std::as_bytes(std::span(bytes));
  EXPECT_EQ(LookAt(output).broken, 1.0);
}

TEST(LayerCheck, ChannelStatistics) {
  // Two pictures of two channels of two pixels.
  const std::vector<float> values{1, 3, 10, 10, 5, 7, 30, 10};
  const auto statistics = Channels(Output(values, {2, 2, 1, 2}), "net");
  ASSERT_TRUE(statistics);
  EXPECT_EQ(statistics->means, (std::vector<float>{4, 15}));
  EXPECT_EQ(statistics->variances, (std::vector<float>{5, 75}));
  EXPECT_THAT(Channels(Output(values, {4, 2}), "net").error().message,
              HasSubstr("without a spatial"));
}

}  // namespace
}  // namespace permille
