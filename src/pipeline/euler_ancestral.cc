// SPDX-License-Identifier: Apache-2.0
// Euler's method that steps too far down and adds noise again. Follows diffusers'
// EulerAncestralDiscreteScheduler 0.19.3.
#include <algorithm>
#include <cmath>

#include "pipeline/schedulers_internal.h"

namespace permille {
namespace {

class EulerAncestral : public Scheduler {
 public:
  EulerAncestral(NoiseSchedule schedule, std::size_t steps) : schedule_(std::move(schedule)) {
    timesteps_ = SpacedSteps(schedule_, steps, true);
    sigmas_ = SigmasAt(schedule_, timesteps_);
  }

  float initial_sigma() const override { return InitialSigma(schedule_, sigmas_); }
  bool needs_noise() const override { return true; }

  void ScaleInput(std::size_t step, std::span<float> sample) const override {
    const float scale = std::sqrt(sigmas_[step] * sigmas_[step] + 1);
    for (float& x : sample) x /= scale;
  }

  void Step(std::size_t step, std::span<const float> output, std::span<float> sample,
            std::span<const float> noise) override {
    const float from = sigmas_[step];
    const float to = sigmas_[step + 1];
    const float up = std::sqrt(to * to * (from * from - to * to) / (from * from));
    const float down = std::sqrt(to * to - up * up);
    const float distance = down - from;
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const float clean = DenoisedAt(schedule_.prediction, from, output[i], sample[i]);
      sample[i] += (sample[i] - clean) / from * distance;
      sample[i] += noise[i] * up;
    }
  }

 private:
  NoiseSchedule schedule_;
  std::vector<float> sigmas_;
};

}  // namespace

Result<std::unique_ptr<Scheduler>> MakeEulerAncestral(const JsonField& config, std::size_t steps) {
  PERMILLE_ASSIGN(NoiseSchedule schedule, ReadNoiseSchedule(config, StepSpacing::kLinspace));
  return std::make_unique<EulerAncestral>(std::move(schedule), steps);
}

}  // namespace permille
