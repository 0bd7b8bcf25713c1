// SPDX-License-Identifier: Apache-2.0
// Tiny Stable Diffusion 1, 2 and XL against diffusers 0.19.3: test/data/golden/models/
// stable-diffusion*, made by tools/golden/make_models.py, which supplies every tensor of noise.
#include "pipeline/text_to_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "base/file.h"
#include "base/json.h"
#include "engine/safetensors.h"
#include "pipeline/hf_layout.h"
#include "pipeline/latent_noise.h"
#include "pipeline/model_folder_test.h"
#include "prep/image.h"

namespace permille {
namespace {

using testing::HasSubstr;

const std::string kGoldens = PERMILLE_SOURCE_DIR "/test/data/golden/models/";
constexpr double kLatents = 1e-3;  // the limit; 1e-5 is typical

class TextToImageTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(folder() + "/expected.json")) GTEST_SKIP() << "no golden model";
    auto engine = MakeOnnxEngine();
    if (!engine) GTEST_SKIP() << "no ONNX Runtime: " << engine.error().message;
    engine_ = std::move(*engine);
    golden_ = *ReadJsonFile(folder() + "/expected.json");
    file_ = *SafetensorsFile::Open(folder() + "/tensors.safetensors");
    bytes_ = *ReadFile(folder() + "/tensors.safetensors");
    options_.task = "text-to-image";
    options_.engine = engine_.get();
    options_.session.threads = 1;
    options_.session.spinning = false;
  }
  std::string folder() const { return kGoldens + GetParam(); }
  std::vector<float> Tensor(const std::string& name) const {
    const SafetensorsFile::Tensor& tensor = file_.tensors.at(name);
    std::vector<float> numbers(tensor.length / sizeof(float));
    std::memcpy(numbers.data(), bytes_.data() + tensor.offset, tensor.length);
    return numbers;
  }
  /// Noise as the golden file supplies it: the same first latents for every sample, then a tensor
  /// of the whole batch for each step.
  DiffusionHooks Hooks(const Json& noise) {
    DiffusionHooks hooks;
    hooks.noise = [this, noise](std::size_t sample, std::size_t draw, std::span<float> out) {
      const std::vector<float> numbers =
          Tensor(draw == 0 ? "latents" : noise.at(draw - 1).get<std::string>());
      const std::size_t begin = draw == 0 ? 0 : sample * out.size();
      ASSERT_LE(begin + out.size(), numbers.size());
      std::copy_n(numbers.begin() + static_cast<std::ptrdiff_t>(begin), out.size(), out.begin());
    };
    hooks.latents = [this](std::span<const float> latents) {
      latents_.assign(latents.begin(), latents.end());
    };
    return hooks;
  }
  /// The golden's other schedulers were made from a configuration in memory, which knows that
  /// timestep_spacing was not stated, so that each takes its own default; the file written from it
  /// states the first scheduler's. XL's configuration states it in both.
  std::string WithOwnDefaults() {
    if (GetParam() == "stable-diffusion-xl") return folder();
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      const std::string name = entry.path().filename();
      std::error_code exists;
      if (name != "scheduler")
        std::filesystem::create_symlink(entry.path(), stated_.path(name), exists);
    }
    Json config = *ReadJsonFile(folder() + "/scheduler/scheduler_config.json");
    config.erase("timestep_spacing");
    return stated_.With("scheduler/scheduler_config.json", config.dump()).path();
  }
  Result<Answer> Predict(const Json& each) {
    const Json& given = each["options"];
    DiffusionOptions& diffusion = options_.task_options.diffusion;
    diffusion = {};
    diffusion.steps = given["steps"].get<std::int64_t>();
    diffusion.width = given["width"].get<std::int64_t>();
    diffusion.height = given["height"].get<std::int64_t>();
    if (given.contains("scheduler")) diffusion.scheduler = given["scheduler"];
    if (given.contains("guidance_scale")) diffusion.guidance_scale = given["guidance_scale"];
    diffusion.negative_prompt = given.value("negative_prompt", "");
    PERMILLE_ASSIGN(ModelFiles files, FindModel(folder()));
    if (diffusion.scheduler) files.folder = WithOwnDefaults();
    const Json noise = each["outputs"].value("noise", Json::array());
    PERMILLE_ASSIGN(loaded_, MakeTextToImage(files, options_, Hooks(noise)));
    std::vector<Sample> samples;
    for (const Json& prompt : each["inputs"]) samples.emplace_back().text = prompt;
    return loaded_.predictor->Predict(samples);
  }

  std::unique_ptr<TensorEngine> engine_;
  Json golden_;
  SafetensorsFile file_;
  std::string bytes_;
  PredictorOptions options_;
  LoadedPredictor loaded_;
  std::vector<float> latents_;
  ModelFolder images_;
  ModelFolder stated_;
};

TEST_P(TextToImageTest, LatentsAreThoseOfTheReference) {
  int compared = 0;
  for (const Json& each : golden_["cases"]) {
    if (!each["outputs"].contains("latents")) continue;
    SCOPED_TRACE(each["name"].get<std::string>());
    const auto answer = Predict(each);
    ASSERT_TRUE(answer) << answer.error().message;
    const std::vector<float> truth = Tensor(each["outputs"]["latents"]);
    ASSERT_EQ(latents_.size(), truth.size());
    double furthest = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const double gap = std::abs(static_cast<double>(latents_[i]) - truth[i]);
      furthest = std::max(furthest, gap);
    }
    EXPECT_LE(furthest, kLatents);
    RecordProperty("furthest_" + std::to_string(compared), fmt::format("{}", furthest));
    ++compared;
  }
  EXPECT_GE(compared, 5);
}

TEST_P(TextToImageTest, ImagesAreThoseOfTheReference) {
  int compared = 0;
  for (const Json& each : golden_["cases"]) {
    if (!each["outputs"].contains("image")) continue;
    SCOPED_TRACE(each["name"].get<std::string>());
    const auto answer = Predict(each);
    ASSERT_TRUE(answer) << answer.error().message;
    const Prediction& prediction = answer->predictions.at(0);
    EXPECT_EQ(prediction.image, "");
    if (each["outputs"].contains("nsfw_content_detected")) {
      EXPECT_EQ(prediction.flagged, each["outputs"]["nsfw_content_detected"][0].get<bool>());
    } else {
      EXPECT_FALSE(prediction.flagged.has_value());
    }
    options_.task_options.diffusion.image_folder = images_.path();
    const auto files = FindModel(folder());
    const auto loaded = MakeTextToImage(*files, options_, Hooks(Json::array()));
    ASSERT_TRUE(loaded) << loaded.error().message;
    Sample sample;
    sample.id = "../a b";
    sample.text = each["inputs"][0];
    const auto saved = loaded->predictor->Predict(std::span(&sample, 1));
    ASSERT_TRUE(saved) << saved.error().message;
    EXPECT_EQ(saved->predictions[0].image_hash, prediction.image_hash);
    EXPECT_EQ(std::filesystem::path(saved->predictions[0].image).parent_path(), images_.path());
    const auto ours = ReadImage(saved->predictions[0].image);
    ASSERT_TRUE(ours) << ours.error().message;
    const auto truth = ReadImage(folder() + "/" + each["outputs"]["image"].get<std::string>());
    ASSERT_TRUE(truth) << truth.error().message;
    ASSERT_EQ(ours->pixels.size(), truth->pixels.size());
    int furthest = 0;
    for (std::size_t i = 0; i < truth->pixels.size(); ++i)
      furthest = std::max(furthest, std::abs(int{ours->pixels[i]} - int{truth->pixels[i]}));
    EXPECT_LE(furthest, 1);
    ++compared;
  }
  EXPECT_GE(compared, 1);
}

TEST_P(TextToImageTest, TheSameSeedGivesTheSameImage) {
  const auto files = FindModel(folder());
  DiffusionOptions& diffusion = options_.task_options.diffusion;
  diffusion.steps = 2;
  diffusion.width = diffusion.height = 16;
  const auto hash = [&](std::uint64_t seed, const std::string& id) {
    diffusion.seed = seed;
    const auto loaded = MakeTextToImage(*files, options_);
    EXPECT_TRUE(loaded) << loaded.error().message;
    Sample sample;
    sample.id = id;
    sample.text = "two boats, a goat and a very large cat";
    const auto answer = loaded->predictor->Predict(std::span(&sample, 1));
    EXPECT_TRUE(answer) << answer.error().message;
    return answer->predictions[0].image_hash;
  };
  EXPECT_EQ(hash(1, "a"), hash(1, "a"));
  EXPECT_NE(hash(1, "a"), hash(2, "a"));
  EXPECT_NE(hash(1, "a"), hash(1, "b"));
}

TEST_P(TextToImageTest, WeightsOfAFolderAskedForGoToTheirParts) {
  const auto files = FindModel(folder());
  WeightsSource asked;
  asked.kind = WeightsSource::Kind::kSafetensors;
  asked.path = folder();
  const auto weights = PartWeights(files->graphs.at("unet"), asked, "vae_decoder");
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->path, folder() + "/vae");
  options_.weights = asked;
  options_.task_options.diffusion.steps = 1;
  EXPECT_TRUE(MakeTextToImage(*files, options_));
}

TEST_P(TextToImageTest, OptionsOutOfRangeAreNamed) {
  const auto files = FindModel(folder());
  const auto error = [&](const DiffusionOptions& diffusion) {
    options_.task_options.diffusion = diffusion;
    const auto made = MakeTextToImage(*files, options_);
    return made ? std::string("no error") : made.error().message;
  };
  DiffusionOptions options;
  options.width = 20;
  EXPECT_THAT(error(options), HasSubstr("width 20 is no multiple of 8"));
  options.width = 16;
  options.steps = 0;
  EXPECT_THAT(error(options), HasSubstr("0 steps are out of range"));
  options.steps = 10;
  options.scheduler = "heun";
  EXPECT_THAT(error(options), HasSubstr("scheduler heun is not supported"));
}

INSTANTIATE_TEST_SUITE_P(Families, TextToImageTest,
                         testing::Values("stable-diffusion", "stable-diffusion-2",
                                         "stable-diffusion-xl"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(LatentNoise, IsStandardNormalAndTheSeeds) {
  std::vector<float> a(20'001);
  std::vector<float> b(20'001);
  LatentNoise(3).Fill(a);
  LatentNoise(3).Fill(b);
  EXPECT_EQ(a, b);
  double sum = 0;
  double squares = 0;
  for (const float x : a) {
    sum += x;
    squares += static_cast<double>(x) * x;
  }
  const auto count = static_cast<double>(a.size());
  // Mean and variance of 20,001 draws lie within five standard errors: 5 / sqrt(n), 5 sqrt(2 / n).
  EXPECT_NEAR(sum / count, 0, 0.036);
  EXPECT_NEAR(squares / count, 1, 0.05);
}

}  // namespace
}  // namespace permille
