// SPDX-License-Identifier: Apache-2.0
// Images against what PIL and the image processors of transformers make of them: the files and
// numbers of test/data/golden/images, made by tools/golden/make_images.py.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <numeric>

#include "base/hash.h"
#include "base/json.h"
#include "prep/image.h"
#include "prep/image_folder_test.h"
#include "prep/image_processor.h"

namespace permille {
namespace {

const Json& ImageGolden() {
  static const Json golden = *ReadJsonFile(ImageFolder() + "images.json");
  return golden;
}

template <class T>
std::string ShaOf(std::span<const T> numbers) {
  return Sha256({reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()});
}

ResizeFilter FilterNamed(const std::string& name) {
  const std::map<std::string, ResizeFilter> filters = {
      {"nearest", ResizeFilter::kNearest},   {"box", ResizeFilter::kBox},
      {"bilinear", ResizeFilter::kBilinear}, {"hamming", ResizeFilter::kHamming},
      {"bicubic", ResizeFilter::kBicubic},   {"lanczos", ResizeFilter::kLanczos}};
  return filters.at(name);
}

/// The picture is the golden one, to the last bit.
void ExpectPixels(const Image& image, const Json& golden) {
  ASSERT_EQ(image.width, golden["width"].get<std::size_t>());
  ASSERT_EQ(image.height, golden["height"].get<std::size_t>());
  ASSERT_EQ(image.pixels.size(), image.width * image.height * 3);
  for (const Json& sample : golden["samples"]) {
    EXPECT_EQ(image.pixels.at(sample[0]), sample[1].get<int>()) << "at " << sample[0];
  }
  EXPECT_EQ(ShaOf<std::uint8_t>(image.pixels), golden["sha256"].get<std::string>());
}

void ExpectDecoded(const std::string& folder, const Json& golden) {
  SCOPED_TRACE(golden["file"].get<std::string>());
  const auto image = ReadImage(folder + golden["file"].get<std::string>());
  ASSERT_TRUE(image) << image.error().message;
  ExpectPixels(*image, golden);
}

void ExpectResized(const std::string& folder, const Json& golden) {
  SCOPED_TRACE(golden.dump());
  const auto image = ReadImage(folder + golden["file"].get<std::string>());
  ASSERT_TRUE(image) << image.error().message;
  ExpectPixels(Resize(*image, golden["width"], golden["height"], FilterNamed(golden["filter"])),
               golden);
}

TEST(ImageGolden, EveryWayOfStoringAPictureIsReadAsPilReadsIt) {
  ASSERT_GE(ImageGolden()["decode"].size(), 100u);
  for (const Json& golden : ImageGolden()["decode"]) ExpectDecoded(ImageFolder(), golden);
}

TEST(ImageGolden, ResizesAsPilToTheLastBit) {
  ASSERT_GE(ImageGolden()["resize"].size(), 120u);
  for (const Json& golden : ImageGolden()["resize"]) ExpectResized(ImageFolder(), golden);
}

TEST(ImageGolden, PhotographsAreThoseOfPil) {
  if (!std::filesystem::exists(SharedData())) GTEST_SKIP() << "../shared/data is not here";
  for (const Json& golden : ImageGolden()["shared"]["decode"]) ExpectDecoded(SharedData(), golden);
  for (const Json& golden : ImageGolden()["shared"]["resize"]) ExpectResized(SharedData(), golden);
}

void ExpectProcessed(const std::string& folder, const Json& golden) {
  SCOPED_TRACE(golden.dump());
  const auto config = JsonDocument::Parse(golden["config"].dump(), "config");
  ASSERT_TRUE(config) << config.error().message;
  const auto processor = ParseImageProcessor(config->root());
  ASSERT_TRUE(processor) << processor.error().message;
  std::vector<Image> images;
  for (const Json& file : golden["files"])
    images.push_back(*ReadImage(folder + file.get<std::string>()));
  PixelBatch batch;
  const auto done = (*processor)->Process(images, batch);
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(batch.shape, golden["shape"].get<std::vector<std::int64_t>>());
  for (const Json& sample : golden["samples"])
    EXPECT_EQ(batch.values.at(sample[0]), sample[1].get<float>()) << "at " << sample[0];
  EXPECT_EQ(ShaOf<float>(batch.values), golden["sha256"].get<std::string>());
  ASSERT_EQ(batch.has_mask, golden.contains("mask_sha256"));
  if (!batch.has_mask) return;
  EXPECT_EQ(std::accumulate(batch.mask.begin(), batch.mask.end(), std::int64_t{0}),
            golden["mask_sum"].get<std::int64_t>());
  EXPECT_EQ(ShaOf<std::int64_t>(batch.mask), golden["mask_sha256"].get<std::string>());
}

TEST(ImageGolden, EveryFamilyGivesTheNumbersOfItsReferenceToTheLastBit) {
  ASSERT_GE(ImageGolden()["processors"].size(), 100u);
  for (const Json& golden : ImageGolden()["processors"]) ExpectProcessed(ImageFolder(), golden);
}

TEST(ImageGolden, PhotographsGiveTheNumbersOfTheReference) {
  if (!std::filesystem::exists(SharedData())) GTEST_SKIP() << "../shared/data is not here";
  for (const Json& golden : ImageGolden()["shared"]["processors"])
    ExpectProcessed(SharedData(), golden);
}

}  // namespace
}  // namespace permille
