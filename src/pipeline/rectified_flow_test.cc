// SPDX-License-Identifier: Apache-2.0
// A real diffusion model through the engine with a loop of its own: dit-mnist of ../shared/models
// (MODELS.md: 50 Euler steps, guidance 2, clean digits).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "engine/tensor_engine.h"
#include "pipeline/latent_noise.h"
#include "prep/image.h"

namespace permille {
namespace {

const std::string kModel = PERMILLE_SOURCE_DIR "/../shared/models/dit-mnist/model.onnx";
constexpr std::size_t kDigits = 10;
constexpr std::size_t kSide = 32;
constexpr std::size_t kPixels = kSide * kSide;
constexpr int kSteps = 50;
constexpr float kGuidance = 2;
constexpr std::int64_t kNoClass = 10;

class RectifiedFlowTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kModel)) GTEST_SKIP() << "../shared/models is not here";
    auto engine = MakeOnnxEngine();
    if (!engine) GTEST_SKIP() << "no ONNX Runtime: " << engine.error().message;
    engine_ = std::move(*engine);
    SessionOptions options;
    options.threads = 1;
    options.spinning = false;
    auto session = engine_->Load(kModel, {}, options);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
  }
  /// The velocity of every digit (rows 0 to 9) and without a digit (rows 10 to 19).
  std::vector<float> Velocity(const std::vector<float>& images, float time) {
    std::vector<float> twice = images;
    twice.insert(twice.end(), images.begin(), images.end());
    const std::vector<float> times(2 * kDigits, time);
    std::vector<std::int64_t> classes(2 * kDigits, kNoClass);
    for (std::size_t i = 0; i < kDigits; ++i) classes[i] = static_cast<std::int64_t>(i);
    const std::array<std::int64_t, 4> shape = {2 * kDigits, 1, kSide, kSide};
    const std::array<std::int64_t, 1> rows = {2 * kDigits};
    const std::array<TensorView, 3> views = {
        TensorView{"zt", DType::kFloat32, shape, std::as_bytes(std::span(twice))},
        TensorView{"t", DType::kFloat32, rows, std::as_bytes(std::span(times))},
        TensorView{"cond", DType::kInt64, rows, std::as_bytes(std::span(classes))}};
    const auto outputs = session_->Run(views);
    EXPECT_TRUE(outputs) << outputs.error().message;
    if (!outputs) return {};
    const auto numbers = outputs->at(0).as<float>();
    return {numbers.begin(), numbers.end()};
  }

  std::unique_ptr<TensorEngine> engine_;
  std::unique_ptr<TensorSession> session_;
};

Image Strip(const std::vector<float>& images) {
  Image strip;
  strip.width = kDigits * kSide;
  strip.height = kSide;
  strip.channels = 1;
  strip.pixels.resize(kDigits * kPixels);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::size_t digit = i / kPixels;
    const std::size_t row = i % kPixels / kSide;
    const float share = std::clamp(images[i] / 2 + 0.5F, 0.0F, 1.0F);
    strip.pixels[row * strip.width + digit * kSide + i % kSide] =
        static_cast<std::uint8_t>(std::nearbyint(share * 255));
  }
  return strip;
}

TEST_F(RectifiedFlowTest, DrawsCleanDigits) {
  std::vector<float> images(kDigits * kPixels);
  LatentNoise(5).Fill(images);
  for (int step = 0; step < kSteps; ++step) {
    const float time = 1 - static_cast<float>(step) / kSteps;
    const std::vector<float> velocity = Velocity(images, time);
    ASSERT_EQ(velocity.size(), 2 * images.size());
    for (std::size_t i = 0; i < images.size(); ++i) {
      const float free = velocity[images.size() + i];
      images[i] -= (free + kGuidance * (velocity[i] - free)) / kSteps;
    }
  }
  const Image strip = Strip(images);
  const auto png = EncodePng(strip);
  ASSERT_TRUE(png) << png.error().message;
  const char* const folder = std::getenv("PERMILLE_TEST_IMAGES");  // to look at them
  if (folder) {
    ASSERT_TRUE(WriteFile(std::string(folder) + "/digits.png", *png));
  }
  for (std::size_t digit = 0; digit < kDigits; ++digit) {
    const auto pixels = std::span(images).subspan(digit * kPixels, kPixels);
    const auto ink = std::count_if(pixels.begin(), pixels.end(), [](float x) { return x > 0; });
    // Clean: nearly every pixel is ink or paper (noise of variance 1 would leave 0.38 in between),
    // and a stroke covers some of the sheet (MNIST's digits cover 5 to 35 % of theirs).
    const auto between =
        std::count_if(pixels.begin(), pixels.end(), [](float x) { return std::abs(x) < 0.5F; });
    EXPECT_LT(static_cast<double>(between), 0.12 * kPixels) << digit;
    EXPECT_GT(static_cast<double>(ink), 0.03 * kPixels) << digit;
    EXPECT_LT(static_cast<double>(ink), 0.35 * kPixels) << digit;
  }
}

}  // namespace
}  // namespace permille
