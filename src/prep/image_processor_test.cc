// SPDX-License-Identifier: Apache-2.0
#include "prep/image_processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "prep/image_folder_test.h"
#include "prep/image_plan.h"

namespace permille {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

Result<std::unique_ptr<ImageProcessor>> Parse(const std::string& config) {
  PERMILLE_ASSIGN(const JsonDocument document, JsonDocument::Parse(config, "p.json"));
  return ParseImageProcessor(document.root());
}

std::string ErrorOf(const std::string& config) {
  const auto processor = Parse(config);
  if (processor) return "no error";
  EXPECT_EQ(processor.error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(processor.error().message.starts_with("p.json")) << processor.error().message;
  return processor.error().message;
}

TEST(ImageProcessor, ReusesItsBuffersAcrossBatchesOfOtherSizes) {
  const auto processor =
      *Parse(R"({"image_processor_type":"DetrImageProcessor","do_resize":false})");
  const std::vector<Image> large = {*ReadImage(ImageFolder() + "large.jpg")};
  const std::vector<Image> both = {*ReadImage(ImageFolder() + "square.jpg"),
                                   *ReadImage(ImageFolder() + "wide.jpg")};
  PixelBatch once;
  PixelBatch twice;
  ASSERT_TRUE(processor->Process(both, once));
  ASSERT_TRUE(processor->Process(large, twice));
  ASSERT_TRUE(processor->Process(both, twice));
  EXPECT_EQ(once.values, twice.values);
  EXPECT_EQ(once.mask, twice.mask);
  EXPECT_THAT(twice.shape, ElementsAre(2, 3, 64, 200));
}

TEST(ImageProcessor, AnImageSmallerThanItsCropLiesInTheMiddleOfBlack) {
  const auto processor = *Parse(
      R"({"image_processor_type":"CLIPImageProcessor","do_resize":false,"do_normalize":false,
          "crop_size":{"height":3,"width":4},"rescale_factor":1})");
  PixelBatch batch;
  const std::vector<Image> images = {{2, 1, 3, {1, 2, 3, 4, 5, 6}}};
  ASSERT_TRUE(processor->Process(images, batch));
  EXPECT_THAT(batch.shape, ElementsAre(1, 3, 3, 4));
  EXPECT_THAT(batch.values, ElementsAre(0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0,  //
                                        0, 0, 0, 0, 0, 2, 5, 0, 0, 0, 0, 0,  //
                                        0, 0, 0, 0, 0, 3, 6, 0, 0, 0, 0, 0));
}

TEST(ImageProcessor, ImagesThatMakeNoBatchAreRefused) {
  const auto processor = *Parse(
      R"({"image_processor_type":"MobileNetV1ImageProcessor","do_center_crop":false,"size":40})");
  const std::vector<Image> images = {*ReadImage(ImageFolder() + "square.jpg"),
                                     *ReadImage(ImageFolder() + "wide.jpg")};
  PixelBatch batch;
  const auto done = processor->Process(images, batch);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, AllOf(HasSubstr("40 x 40"), HasSubstr("266 x 40")));
}

TEST(ImageProcessor, AShapeThatResizesToNothingOrTooMuchIsRefused) {
  const auto capped = *Parse(R"({"image_processor_type":"DetrImageProcessor"})");
  const auto shortest = *Parse(R"({"image_processor_type":"CLIPImageProcessor"})");
  const std::vector<Image> thread = {{5000000, 1, 3, std::vector<std::uint8_t>(15000000)}};
  PixelBatch batch;
  // 1333 x 1 / 5,000,000 rounds to 0.
  EXPECT_THAT(capped->Process(thread, batch).error().message, HasSubstr("resized to 0 x 0"));
  EXPECT_THAT(shortest->Process(thread, batch).error().message,
              AllOf(HasSubstr("5000000 x 1"), HasSubstr("1120000000 x 224")));
}

TEST(ImageProcessor, WhatWouldChangeTheNumbersIsNamed) {
  const auto with = [](const std::string& fields) {
    return ErrorOf(R"({"image_processor_type":"ViTImageProcessor",)" + fields + "}");
  };
  EXPECT_THAT(ErrorOf(R"({"image_processor_type":"SamImageProcessor"})"),
              AllOf(HasSubstr("SamImageProcessor"), HasSubstr("DeformableDetr")));
  EXPECT_THAT(ErrorOf(R"({"image_processor_type":"ViTImageProcessorFast"})"),
              HasSubstr("ViTImageProcessorFast"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("expected an object"));
  // A fuzzer's finding: what a file says stays on the message's one line.
  EXPECT_THAT(ErrorOf(R"("a\nb")"), HasSubstr(R"(found "a\nb")"));
  EXPECT_THAT(ErrorOf(R"({"image_processor_type":"a\nb"})"), HasSubstr(R"("a\nb" is unknown)"));
  EXPECT_THAT(with(R"("size":0)"), AllOf(HasSubstr("size"), HasSubstr("0 is out of range")));
  EXPECT_THAT(with(R"("size":{"shortest_edge":224})"), HasSubstr("[height, width]"));
  EXPECT_THAT(with(R"("size":"224")"), HasSubstr("size"));
  EXPECT_THAT(with(R"("resample":6)"), HasSubstr("6 is no filter"));
  EXPECT_THAT(with(R"("image_mean":[0.5,0.5])"), HasSubstr("a list of 3"));
  EXPECT_THAT(with(R"("image_std":[0.5,0,0.5])"), HasSubstr("divides"));
  EXPECT_THAT(with(R"("image_std":1e300)"), HasSubstr("1e+300"));
  EXPECT_THAT(with(R"("do_rescale":false)"), HasSubstr("do_rescale"));
  EXPECT_THAT(with(R"("do_resize":1)"), HasSubstr("do_resize"));
  EXPECT_THAT(ErrorOf(R"({"feature_extractor_type":"ConvNextFeatureExtractor","crop_pct":0})"),
              HasSubstr("crop_pct"));
  EXPECT_THAT(ErrorOf(R"({"feature_extractor_type":"DetrFeatureExtractor",
                          "size":{"shortest_edge":800}})"),
              HasSubstr("longest_edge"));
  // A named processor ignores what it does not know, as in the reference; an assumed one does not.
  EXPECT_EQ(with(R"("size_divisor":32,"do_flip_channel_order":true)"), "no error");
  EXPECT_EQ(ErrorOf(R"({"size_divisor":null,"do_pad":false,"patch_size":16})"), "no error");
  EXPECT_THAT(ErrorOf(R"({"size_divisor":32})"),
              AllOf(HasSubstr("size_divisor"), HasSubstr("image_processor_type")));
  EXPECT_THAT(ErrorOf(R"({"do_flip_channel_order":true})"), HasSubstr("do_flip_channel_order"));
}

TEST(ImageProcessor, AConfigWithoutATypeTakesItFromTheModel) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "permille-image-processor";
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(WriteFile((folder / "preprocessor_config.json").string(), R"({"size":32})"));
  ASSERT_TRUE(WriteFile((folder / "config.json").string(), R"({"model_type":"yolos"})"));
  PixelBatch batch;
  const std::vector<Image> images = {*ReadImage(ImageFolder() + "wide.jpg")};
  auto processor = LoadImageProcessor(folder.string());
  ASSERT_TRUE(processor) << processor.error().message;
  ASSERT_TRUE((*processor)->Process(images, batch));
  EXPECT_THAT(batch.shape, ElementsAre(1, 3, 32, 213));
  // An unknown model: the keys as ViT's processor takes them.
  ASSERT_TRUE(WriteFile((folder / "config.json").string(), R"({"model_type":"mine"})"));
  processor = LoadImageProcessor(folder.string());
  ASSERT_TRUE(processor);
  ASSERT_TRUE((*processor)->Process(images, batch));
  EXPECT_THAT(batch.shape, ElementsAre(1, 3, 32, 32));
  std::filesystem::remove(folder / "preprocessor_config.json");
  EXPECT_THAT(LoadImageProcessor(folder.string()).error().message,
              HasSubstr("preprocessor_config.json: no such file"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace permille
