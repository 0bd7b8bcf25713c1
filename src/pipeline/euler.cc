// SPDX-License-Identifier: Apache-2.0
// Euler's method on the probability flow (Karras et al. 2022, arXiv:2206.00364). Follows diffusers'
// EulerDiscreteScheduler 0.19.3 without churn.
#include <algorithm>
#include <cmath>

#include "pipeline/schedulers_internal.h"

namespace permille {
namespace {

class Euler : public Scheduler {
 public:
  Euler(NoiseSchedule schedule, std::size_t steps) : schedule_(std::move(schedule)) {
    timesteps_ = SpacedSteps(schedule_, steps, true);
    sigmas_ = SigmasAt(schedule_, timesteps_);
  }

  float initial_sigma() const override { return InitialSigma(schedule_, sigmas_); }

  void ScaleInput(std::size_t step, std::span<float> sample) const override {
    const float scale = std::sqrt(sigmas_[step] * sigmas_[step] + 1);
    for (float& x : sample) x /= scale;
  }

  void Step(std::size_t step, std::span<const float> output, std::span<float> sample,
            std::span<const float>) override {
    const float sigma = sigmas_[step];
    const float distance = sigmas_[step + 1] - sigma;
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const float clean = DenoisedAt(schedule_.prediction, sigma, output[i], sample[i]);
      sample[i] += (sample[i] - clean) / sigma * distance;
    }
  }

 private:
  NoiseSchedule schedule_;
  std::vector<float> sigmas_;
};

}  // namespace

std::vector<float> SigmasAt(const NoiseSchedule& schedule, const std::vector<double>& timesteps) {
  const std::vector<float> all = schedule.Sigmas();
  std::vector<float> sigmas;
  for (const double step : timesteps) {
    const double at = std::clamp(step, 0.0, static_cast<double>(all.size() - 1));
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(low + 1, all.size() - 1);
    const double slope = static_cast<double>(all[high]) - static_cast<double>(all[low]);
    sigmas.push_back(static_cast<float>(slope * (at - static_cast<double>(low)) + all[low]));
  }
  sigmas.push_back(0);
  return sigmas;
}

float InitialSigma(const NoiseSchedule& schedule, const std::vector<float>& sigmas) {
  const float largest = *std::max_element(sigmas.begin(), sigmas.end());
  return schedule.spacing == StepSpacing::kLeading ? std::sqrt(largest * largest + 1) : largest;
}

float DenoisedAt(PredictionKind prediction, float sigma, float output, float sample) {
  if (prediction == PredictionKind::kEpsilon) return sample - sigma * output;
  const float squared = sigma * sigma + 1;
  return output * (-sigma / std::sqrt(squared)) + sample / squared;
}

Result<std::unique_ptr<Scheduler>> MakeEuler(const JsonField& config, std::size_t steps) {
  PERMILLE_ASSIGN(NoiseSchedule schedule, ReadNoiseSchedule(config, StepSpacing::kLinspace));
  PERMILLE_ASSIGN(const std::string interpolation, config["interpolation_type"].StringOr("linear"));
  if (interpolation != "linear") {
    return Fail(ErrorCode::kInvalid, "{}: {} is not supported (there is: linear)",
                config["interpolation_type"].place(), interpolation);
  }
  return std::make_unique<Euler>(std::move(schedule), steps);
}

}  // namespace permille
