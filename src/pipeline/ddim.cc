// SPDX-License-Identifier: Apache-2.0
// Denoising diffusion implicit models (Song et al. 2020, arXiv:2010.02502) with eta 0. Follows
// diffusers' DDIMScheduler 0.19.3.
#include <algorithm>
#include <cmath>
#include <optional>

#include "pipeline/schedulers_internal.h"

namespace permille {
namespace {

class Ddim : public Scheduler {
 public:
  Ddim(NoiseSchedule schedule, std::size_t steps, float final_alpha, std::optional<float> clip)
      : schedule_(std::move(schedule)),
        stride_(schedule_.train_steps / static_cast<std::int64_t>(steps)),
        final_alpha_(final_alpha),
        clip_(clip) {
    timesteps_ = SpacedSteps(schedule_, steps, false);
  }

  void Step(std::size_t step, std::span<const float> output, std::span<float> sample,
            std::span<const float>) override {
    const auto from = static_cast<std::int64_t>(timesteps_[step]);
    const std::int64_t to = from - stride_;
    const float alpha = schedule_.alphas_cumprod[static_cast<std::size_t>(from)];
    const float alpha_to =
        to < 0 ? final_alpha_ : schedule_.alphas_cumprod[static_cast<std::size_t>(to)];
    const float signal = std::sqrt(alpha);
    const float spread = std::sqrt(1 - alpha);
    const float signal_to = std::sqrt(alpha_to);
    const float spread_to = std::sqrt(1 - alpha_to);
    const bool velocity = schedule_.prediction == PredictionKind::kVelocity;
    for (std::size_t i = 0; i < sample.size(); ++i) {
      float clean = velocity ? signal * sample[i] - spread * output[i]
                             : (sample[i] - spread * output[i]) / signal;
      const float noise = velocity ? signal * output[i] + spread * sample[i] : output[i];
      if (clip_) clean = std::clamp(clean, -*clip_, *clip_);
      sample[i] = signal_to * clean + spread_to * noise;
    }
  }

 private:
  NoiseSchedule schedule_;
  std::int64_t stride_;
  float final_alpha_;
  std::optional<float> clip_;
};

}  // namespace

Result<std::unique_ptr<Scheduler>> MakeDdim(const JsonField& config, std::size_t steps) {
  PERMILLE_ASSIGN(NoiseSchedule schedule, ReadNoiseSchedule(config, StepSpacing::kLeading));
  PERMILLE_ASSIGN(const bool to_one, config["set_alpha_to_one"].BoolOr(true));
  PERMILLE_ASSIGN(const bool clips, config["clip_sample"].BoolOr(true));
  std::optional<float> clip;
  if (clips) clip = 1.0F;
  if (clips && config["clip_sample_range"].exists()) {
    PERMILLE_ASSIGN(const double range, config["clip_sample_range"].Number());
    if (!(range > 0)) {
      return Fail(ErrorCode::kInvalid, "{}: {} is not positive",
                  config["clip_sample_range"].place(), range);
    }
    clip = static_cast<float>(range);
  }
  const float final_alpha = to_one ? 1 : schedule.alphas_cumprod[0];
  return std::make_unique<Ddim>(std::move(schedule), steps, final_alpha, clip);
}

}  // namespace permille
