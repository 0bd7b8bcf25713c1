// SPDX-License-Identifier: Apache-2.0
#include "engine/weight_stats.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "engine/onnx_fixture_test.h"
#include "engine/random_weights.h"
#include "engine/zstd_file.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::HasSubstr;

/// A checkpoint of one tensor `x` of floats.
Result<Checkpoint> OneTensor(TempTree& tree, const std::vector<float>& values) {
  const std::string header =
      fmt::format(R"({{"x":{{"dtype":"F32","shape":[{}],"data_offsets":[0,{}]}}}})", values.size(),
                  values.size() * 4);
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * 4);
  tree.AddFile("x.safetensors", bytes);
  return Checkpoint::Open(tree.Path("x.safetensors"));
}

TEST(WeightStats, MomentsAreThoseOfTheValues) {
  TempTree tree;
  const auto checkpoint = OneTensor(tree, {1, 2, 3, 6});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  const auto stats = MeasureWeights(*checkpoint);
  ASSERT_TRUE(stats) << stats.error().message;
  const TensorMoments& x = stats->at("x");
  EXPECT_EQ(x.elements, 4);
  EXPECT_DOUBLE_EQ(x.mean, 3);
  EXPECT_DOUBLE_EQ(x.std, std::sqrt(3.5));  // ((-2)^2 + (-1)^2 + 0 + 3^2) / 4
  EXPECT_EQ(x.min, 1);
  EXPECT_EQ(x.max, 6);
}

TEST(WeightStats, AValueThatIsNotFiniteIsNamed) {
  TempTree tree;
  const auto checkpoint = OneTensor(tree, {1, std::nanf("")});
  ASSERT_TRUE(checkpoint);
  const auto stats = MeasureWeights(*checkpoint);
  ASSERT_FALSE(stats);
  EXPECT_THAT(stats.error().message, HasSubstr("tensor 'x': value 1 is not finite"));
}

TEST(WeightStats, CsvComesBack) {
  TempTree tree;
  const WeightStats stats{{"a,b", {7, 0.5, 0.25, -1, 2}}};
  tree.AddFile("stats.csv", WeightStatsCsv(stats));
  const auto read = ReadWeightStats(tree.Path("stats.csv"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->at("a,b").elements, 7);
  EXPECT_EQ(read->at("a,b").std, 0.25);
  EXPECT_EQ(read->at("a,b").min, -1);
}

TEST(WeightStats, ANegativeDeviationIsRefused) {
  TempTree tree;
  tree.AddFile("stats.csv", "tensor,elements,mean,std,min,max\nx,3,0,-1,0,0\n");
  const auto read = ReadWeightStats(tree.Path("stats.csv"));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("stats.csv:2: elements and std"));
}

class RandomLikeTrained : public WithOnnxRuntime {};

TEST_F(RandomLikeTrained, DrawsHaveTheMomentsOfTheCheckpoint) {
  const auto checkpoint = Checkpoint::Open(OnnxFixture("tiny-distilbert.safetensors"));
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  const auto stats = MeasureWeights(*checkpoint);
  ASSERT_TRUE(stats) << stats.error().message;
  const std::string path = OnnxFixture("tiny-distilbert.onnx.zst");
  const std::string packed = *ReadFile(path);
  const std::string bytes = *DecompressZstd(std::as_bytes(std::span(packed)), path);
  const auto graph = OnnxGraph::Parse(std::as_bytes(std::span(bytes)), path);
  ASSERT_TRUE(graph) << graph.error().message;
  RandomWeightsOptions options{5};
  options.stats = *stats;
  const auto drawn = MakeRandomWeights(*OpenOnnxLibrary({}), *graph, "net", options, {});
  ASSERT_TRUE(drawn) << drawn.error().message;
  std::size_t looked_at = 0;
  // Those kept in the graph; without statistics norms and biases would all be ones and zeros.
  for (const auto& [name, values] : drawn->rewrite.stored) {
    const std::size_t count = values.size() / sizeof(float);
    if (count < 32) continue;
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < count; ++i) {
      float value = 0;
      std::memcpy(&value, values.data() + i * sizeof value, sizeof value);
      sum += value;
      squares += value * value;
    }
    const double n = static_cast<double>(count);
    const TensorMoments& wanted = stats->at(name);
    // Five standard errors of a mean; a deviation of 32 draws is within a half of its expectation.
    EXPECT_NEAR(sum / n, wanted.mean, 5 * wanted.std / std::sqrt(n)) << name;
    EXPECT_NEAR(std::sqrt(squares / n - sum * sum / n / n), wanted.std, 0.5 * wanted.std) << name;
    ++looked_at;
  }
  EXPECT_GE(looked_at, 10U);
}

TEST_F(RandomLikeTrained, StatsOfAnotherModelAreRefused) {
  TempTree tree;
  tree.AddFile("stats.csv", "tensor,elements,mean,std,min,max\npre_classifier.weight,3,0,1,-1,1\n");
  WeightsSource source{WeightsSource::Kind::kRandom, {}, 5};
  source.stats = tree.Path("stats.csv");
  const auto session = engine_->Load(OnnxFixture("tiny-distilbert.onnx.zst"), source, {});
  ASSERT_FALSE(session);
  EXPECT_THAT(session.error().message, HasSubstr("pre_classifier.weight"));
}

}  // namespace
}  // namespace permille
