// SPDX-License-Identifier: Apache-2.0
// Golden values: test/data/golden/schedulers.json, made by tools/golden/make_schedulers.py with
// diffusers 0.19.3.
#include "pipeline/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"

namespace permille {
namespace {

using testing::HasSubstr;

constexpr std::size_t kSize = 16;

/// The golden file's formulas.
std::vector<float> Noise(std::size_t drawn) {
  std::vector<float> noise;
  for (std::size_t i = 0; i < kSize; ++i) {
    const auto at = static_cast<double>(kSize * drawn + i + 1);
    noise.push_back(static_cast<float>(1.4 * std::sin(1.7 * at)));
  }
  return noise;
}
std::vector<float> Model(std::span<const float> sample, double timestep) {
  std::vector<float> output;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double wave = std::sin(0.01 * timestep + static_cast<double>(i));
    output.push_back(
        static_cast<float>(0.4 * std::tanh(static_cast<double>(sample[i])) + 0.3 * wave));
  }
  return output;
}

std::vector<float> Denoise(Scheduler& scheduler) {
  scheduler.Restart();
  std::size_t drawn = 0;
  std::vector<float> sample = Noise(drawn++);
  for (float& x : sample) x *= scheduler.initial_sigma();
  for (std::size_t step = 0; step < scheduler.timesteps().size(); ++step) {
    std::vector<float> shown = sample;
    scheduler.ScaleInput(step, shown);
    const std::vector<float> output = Model(shown, scheduler.timesteps()[step]);
    std::vector<float> noise;
    if (scheduler.needs_noise()) noise = Noise(drawn++);
    scheduler.Step(step, output, sample, noise);
  }
  return sample;
}

Result<std::unique_ptr<Scheduler>> Make(const Json& config, std::size_t steps,
                                        const std::optional<std::string>& name = {}) {
  PERMILLE_ASSIGN(const JsonDocument document, JsonDocument::Parse(config.dump(), "config"));
  return MakeScheduler(document.root(), name, steps);
}

TEST(Schedulers, TakeASampleWhereTheReferenceTakesIt) {
  const auto golden = ReadJsonFile(PERMILLE_SOURCE_DIR "/test/data/golden/schedulers.json");
  ASSERT_TRUE(golden) << golden.error().message;
  ASSERT_GE((*golden)["cases"].size(), 50u);
  double furthest = 0;
  for (const Json& each : (*golden)["cases"]) {
    SCOPED_TRACE(each["config"].dump() + " " + each["steps"].dump());
    const auto made = Make(each["config"], each["steps"].get<std::size_t>());
    ASSERT_TRUE(made) << made.error().message;
    Scheduler& scheduler = **made;
    ASSERT_EQ(scheduler.timesteps().size(), each["timesteps"].size());
    for (std::size_t i = 0; i < scheduler.timesteps().size(); ++i)
      EXPECT_NEAR(scheduler.timesteps()[i], each["timesteps"][i].get<double>(), 1e-8);
    const auto sigma = each["initial_sigma"].get<double>();
    EXPECT_NEAR(scheduler.initial_sigma(), sigma, 1e-5 * sigma);
    // Twice: what the first run left behind must not matter.
    Denoise(scheduler);
    const std::vector<float> sample = Denoise(scheduler);
    for (std::size_t i = 0; i < kSize; ++i) {
      const auto truth = each["sample"][i].get<double>();
      EXPECT_NEAR(sample[i], truth, 1e-5 * std::max(1.0, std::abs(truth)));
      furthest = std::max(furthest, std::abs(sample[i] - truth) / std::max(1.0, std::abs(truth)));
    }
  }
  RecordProperty("furthest", fmt::format("{}", furthest));
}

TEST(Schedulers, AnotherOneTakesTheSameConfig) {
  const Json config = {{"_class_name", "PNDMScheduler"}, {"skip_prk_steps", true}};
  EXPECT_EQ((*Make(config, 10))->timesteps().size(), 11u);
  EXPECT_EQ((*Make(config, 10, "ddim"))->timesteps().size(), 10u);
  EXPECT_TRUE((*Make(config, 10, "euler-ancestral"))->needs_noise());
}

std::string ErrorOf(const Json& config, std::size_t steps = 10,
                    const std::optional<std::string>& name = {}) {
  const auto made = Make(config, steps, name);
  if (made) return "no error";
  EXPECT_EQ(made.error().message.find('\n'), std::string::npos);
  return made.error().message;
}

TEST(Schedulers, WhatIsNotSupportedIsNamed) {
  EXPECT_THAT(ErrorOf({{"_class_name", "HeunDiscreteScheduler"}}),
              HasSubstr("scheduler HeunDiscreteScheduler is not supported (there are: PNDM"));
  EXPECT_THAT(ErrorOf({}, 10, "heun"), HasSubstr("(there are: pndm, ddim, euler, euler-ancestral"));
  const Json ddim = {{"_class_name", "DDIMScheduler"}};
  const auto with = [&ddim](const char* key, const Json& value) {
    Json config = ddim;
    config[key] = value;
    return config;
  };
  EXPECT_THAT(ErrorOf(with("thresholding", true)), HasSubstr("thresholding: is not supported"));
  EXPECT_THAT(ErrorOf(with("rescale_betas_zero_snr", true)), HasSubstr("is not supported"));
  EXPECT_THAT(ErrorOf(with("prediction_type", "sample")), HasSubstr("epsilon, v_prediction"));
  EXPECT_THAT(ErrorOf(with("beta_schedule", "sigmoid")), HasSubstr("sigmoid is not supported"));
  EXPECT_THAT(ErrorOf(with("timestep_spacing", 3)), HasSubstr("expected a string"));
  EXPECT_THAT(ErrorOf(with("num_train_timesteps", 0)), HasSubstr("out of range"));
  EXPECT_THAT(ErrorOf(with("beta_start", 2)), HasSubstr("between 0 and 1"));
  EXPECT_THAT(ErrorOf(with("steps_offset", -1)), HasSubstr("steps_offset: -1 is out of range"));
  EXPECT_THAT(ErrorOf(with("trained_betas", {0.1})), HasSubstr("1 betas for 1000 training steps"));
  EXPECT_THAT(ErrorOf(ddim, 0), HasSubstr("0 steps are out of range (1 to 1000)"));
  EXPECT_THAT(ErrorOf(ddim, 1001), HasSubstr("1001 steps are out of range"));
  EXPECT_THAT(ErrorOf({{"_class_name", "PNDMScheduler"}}, 3), HasSubstr("3 steps are too few"));
  EXPECT_THAT(ErrorOf({{"_class_name", "DPMSolverMultistepScheduler"}, {"solver_order", 4}}),
              HasSubstr("solver_order: 4 is out of range"));
}

TEST(Schedulers, AnyNumberOfStepsStaysFinite) {
  for (const SchedulerEntry& entry : Schedulers()) {
    for (const std::size_t steps : {1u, 2u, 3u, 7u, 999u, 1000u}) {
      const auto made = Make({{"skip_prk_steps", true}}, steps, std::string(entry.name));
      if (!made) continue;  // refused, as one step of spacing leaves none
      for (const float x : Denoise(**made)) EXPECT_TRUE(std::isfinite(x)) << entry.name << steps;
    }
  }
}

}  // namespace
}  // namespace permille
