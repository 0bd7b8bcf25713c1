// SPDX-License-Identifier: Apache-2.0
#include "pipeline/box_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace permille {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The formula of tools/golden/make_boxes.py.
double Number(std::size_t index, std::size_t seed) {
  return static_cast<double>((index * 7919 + seed * 104729) % 1000003) / 1000003;
}

struct Tensors {
  std::vector<float> logits;
  std::vector<float> boxes;
};

Tensors MakeTensors(std::size_t queries, std::size_t classes, std::size_t seed) {
  Tensors out;
  for (std::size_t i = 0; i < queries * classes; ++i)
    out.logits.push_back(static_cast<float>(12 * Number(i, seed) - 6));
  for (std::size_t q = 0; q < queries; ++q) {
    const auto column = static_cast<double>(q % 5);
    const auto row = static_cast<double>(q % 3);
    for (const double x : {0.2 + 0.15 * column + 0.02 * Number(q, seed + 1),
                           0.3 + 0.1 * row + 0.02 * Number(q, seed + 2),
                           0.2 + 0.1 * Number(q, seed + 3), 0.3 + 0.1 * Number(q, seed + 4)})
      out.boxes.push_back(static_cast<float>(x));
  }
  return out;
}

bool Same(const FoundBox& found, const Json& wanted) {
  return found.label == wanted[0].get<std::size_t>() &&
         std::abs(found.score - wanted[1].get<double>()) < 1e-6 &&
         std::abs(found.box.xmin - wanted[2].get<double>()) < 1e-3 &&
         std::abs(found.box.ymin - wanted[3].get<double>()) < 1e-3 &&
         std::abs(found.box.xmax - wanted[4].get<double>()) < 1e-3 &&
         std::abs(found.box.ymax - wanted[5].get<double>()) < 1e-3;
}

/// Equal scores have no order of their own: every box is there, and the scores come in order.
TEST(BoxDecoder, FindsTheBoxesOfTheReference) {
  const Json golden = *ReadJsonFile(PERMILLE_SOURCE_DIR "/test/data/golden/boxes.json");
  ASSERT_GE(golden["cases"].size(), 10u);
  for (const Json& each : golden["cases"]) {
    const std::string processor = each["processor"];
    SCOPED_TRACE(processor + " " + each["queries"].dump());
    const Tensors tensors = MakeTensors(each["queries"], each["classes"], each["seed"]);
    const auto rule = BoxRuleOf(processor, "model");
    ASSERT_TRUE(rule);
    auto found = DecodeBoxes(
        *rule, {tensors.logits, tensors.boxes, each["classes"], each["width"], each["height"]});
    ASSERT_EQ(found.size(), each["boxes"].size());
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i].score, each["boxes"][i][1].get<double>(), 1e-6) << i;
    for (const Json& wanted : each["boxes"]) {
      const auto at = std::find_if(found.begin(), found.end(),
                                   [&](const FoundBox& box) { return Same(box, wanted); });
      if (at == found.end()) {
        ADD_FAILURE() << "not found: " << wanted;
      } else {
        found.erase(at);
      }
    }
  }
}

TEST(BoxDecoder, NothingIsNoClassToFind) {
  // Two queries, two classes and "nothing", which is the likeliest of the second.
  const std::vector<float> logits = {0, 2, 0, 1, 0, 9};
  const std::vector<float> boxes = {0.5f, 0.5f, 1, 1, 0.5f, 0.5f, 0.5f, 0.25f};
  const auto found = DecodeBoxes(BoxRule::kBestClass, {logits, boxes, 3, 200, 100});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].label, 1u);
  // exp(2) / (exp(0) + exp(2) + exp(0)), and exp(1) / (exp(1) + exp(0) + exp(9)).
  EXPECT_NEAR(found[0].score, 0.786986, 1e-6);
  EXPECT_NEAR(found[1].score, 0.000335, 1e-6);
  EXPECT_EQ(found[1].label, 0u);
  EXPECT_EQ(found[1].box.xmin, 50);
  EXPECT_EQ(found[1].box.ymin, 37.5);
  EXPECT_EQ(found[1].box.xmax, 150);
  EXPECT_EQ(found[1].box.ymax, 62.5);
}

TEST(BoxDecoder, OnlyTheBestOfOverlappingBoxesOfAClassIsKept) {
  // One place, three queries: the second says another class, the third the first's, less surely.
  const std::vector<float> logits = {4, -9, -9, 3, 2, -9};
  const std::vector<float> boxes = {0.5f, 0.5f, 0.4f, 0.4f, 0.5f, 0.5f,
                                    0.4f, 0.4f, 0.5f, 0.5f, 0.4f, 0.42f};
  const auto found = DecodeBoxes(BoxRule::kSuppressed, {logits, boxes, 2, 100, 100});
  ASSERT_GE(found.size(), 2u);
  EXPECT_EQ(found[0].label, 0u);
  EXPECT_EQ(found[1].label, 1u);
  EXPECT_EQ(found.size(), 2u);
}

TEST(BoxDecoder, AModelWithoutADetectorsProcessorIsRefused) {
  const auto rule = BoxRuleOf("ViT", "folder");
  ASSERT_FALSE(rule);
  EXPECT_THAT(rule.error().message,
              AllOf(HasSubstr("folder"), HasSubstr("ViT"), HasSubstr("DeformableDetr")));
}

}  // namespace
}  // namespace permille
