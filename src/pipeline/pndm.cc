// SPDX-License-Identifier: Apache-2.0
// Pseudo numerical methods (Liu et al. 2022, arXiv:2202.09778): Runge-Kutta for a start unless
// skipped, then a linear multistep method. Follows diffusers' PNDMScheduler 0.19.3.
#include <algorithm>
#include <array>
#include <cmath>

#include "pipeline/schedulers_internal.h"

namespace permille {
namespace {

constexpr std::size_t kOrder = 4;

class Pndm : public Scheduler {
 public:
  Pndm(NoiseSchedule schedule, std::size_t steps, bool skip_runge_kutta, float final_alpha)
      : schedule_(std::move(schedule)),
        stride_(schedule_.train_steps / static_cast<std::int64_t>(steps)),
        final_alpha_(final_alpha) {
    std::vector<double> spaced = SpacedSteps(schedule_, steps, false);
    if (skip_runge_kutta) {
      // The last but one timestep of the rising order comes twice.
      timesteps_ = spaced;
      if (spaced.size() > 1) timesteps_.insert(timesteps_.begin() + 1, spaced[1]);
      return;
    }
    // Of the first four timesteps and the points half-way to the next: t0 h0 h0 t1 t1 h1 h1 ...
    const auto half = static_cast<double>(stride_ / 2);
    std::vector<double> rising;
    for (std::size_t i = kOrder; i-- > 0;) {
      rising.push_back(spaced[i]);
      rising.push_back(spaced[i] + half);
    }
    rising.pop_back();
    std::vector<double> doubled;
    for (const double step : rising) doubled.insert(doubled.end(), 2, step);
    runge_kutta_.assign(doubled.rbegin() + 1, doubled.rend() - 1);
    timesteps_ = runge_kutta_;
    timesteps_.insert(timesteps_.end(), spaced.begin() + 3, spaced.end());
  }

  void Restart() override {
    outputs_.clear();
    mean_.clear();
  }

  void Step(std::size_t step, std::span<const float> output, std::span<float> sample,
            std::span<const float>) override {
    if (step < runge_kutta_.size()) {
      RungeKutta(step, output, sample);
    } else {
      Multistep(step, output, sample);
    }
  }

 private:
  float AlphaAt(std::int64_t step) const {
    if (step < 0) return final_alpha_;
    const auto last = static_cast<std::int64_t>(schedule_.alphas_cumprod.size()) - 1;
    return schedule_.alphas_cumprod[static_cast<std::size_t>(std::min(step, last))];
  }

  void RungeKutta(std::size_t step, std::span<const float> output, std::span<float> sample) {
    constexpr std::array<float, 4> kWeights = {1.0F / 6, 1.0F / 3, 1.0F / 3, 1.0F / 6};
    const std::size_t stage = step % 4;
    if (stage == 0) {
      mean_.assign(output.size(), 0);
      start_.assign(sample.begin(), sample.end());
      outputs_.emplace_back(output.begin(), output.end());
    }
    for (std::size_t i = 0; i < output.size(); ++i) mean_[i] += kWeights[stage] * output[i];
    const std::int64_t back = step % 2 ? 0 : stride_ / 2;
    const auto to = static_cast<std::int64_t>(timesteps_[step]) - back;
    const auto from = static_cast<std::int64_t>(runge_kutta_[step / 4 * 4]);
    if (stage == 3) {
      Move(from, to, mean_, start_, sample);
    } else {
      Move(from, to, output, start_, sample);
    }
  }

  void Multistep(std::size_t step, std::span<const float> output, std::span<float> sample) {
    auto from = static_cast<std::int64_t>(timesteps_[step]);
    std::int64_t to = from - stride_;
    if (step == 1 && runge_kutta_.empty()) {
      // The first step again, with the mean of both its ends.
      from += stride_;
      to += stride_;
      mean_.resize(output.size());
      for (std::size_t i = 0; i < output.size(); ++i)
        mean_[i] = (output[i] + outputs_.back()[i]) / 2;
      Move(from, to, mean_, start_, sample);
      return;
    }
    if (outputs_.size() == kOrder) outputs_.erase(outputs_.begin());
    outputs_.emplace_back(output.begin(), output.end());
    if (outputs_.size() == 1) start_.assign(sample.begin(), sample.end());
    Extrapolate();
    start_now_.assign(sample.begin(), sample.end());
    Move(from, to, mean_, start_now_, sample);
  }

  /// Adams and Bashforth's formula of as many outputs as there are.
  void Extrapolate() {
    const std::size_t count = outputs_.size();
    const auto at = [this, count](std::size_t back, std::size_t i) {
      return outputs_[count - back][i];
    };
    mean_ = outputs_.back();
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      if (count == 2) mean_[i] = (3 * at(1, i) - at(2, i)) / 2;
      if (count == 3) mean_[i] = (23 * at(1, i) - 16 * at(2, i) + 5 * at(3, i)) / 12;
      if (count == 4) {
        mean_[i] = (1.0F / 24) * (55 * at(1, i) - 59 * at(2, i) + 37 * at(3, i) - 9 * at(4, i));
      }
    }
  }

  /// Formula (9) of the paper, from `start` into `sample`.
  void Move(std::int64_t from, std::int64_t to, std::span<const float> output,
            std::span<const float> start, std::span<float> sample) const {
    const float alpha = AlphaAt(from);
    const float alpha_to = AlphaAt(to);
    const float beta = 1 - alpha;
    const float beta_to = 1 - alpha_to;
    const float scale = std::sqrt(alpha_to / alpha);
    const float denominator = alpha * std::sqrt(beta_to) + std::sqrt(alpha * beta * alpha_to);
    const bool velocity = schedule_.prediction == PredictionKind::kVelocity;
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const float noise =
          velocity ? std::sqrt(alpha) * output[i] + std::sqrt(beta) * start[i] : output[i];
      sample[i] = scale * start[i] - (alpha_to - alpha) * noise / denominator;
    }
  }

  NoiseSchedule schedule_;
  std::int64_t stride_;
  float final_alpha_;
  std::vector<double> runge_kutta_;
  std::vector<std::vector<float>> outputs_;  ///< of the last steps, at most four
  std::vector<float> mean_;
  std::vector<float> start_;
  std::vector<float> start_now_;
};

}  // namespace

Result<std::unique_ptr<Scheduler>> MakePndm(const JsonField& config, std::size_t steps) {
  PERMILLE_ASSIGN(NoiseSchedule schedule, ReadNoiseSchedule(config, StepSpacing::kLeading));
  PERMILLE_ASSIGN(const bool skip, config["skip_prk_steps"].BoolOr(false));
  PERMILLE_ASSIGN(const bool to_one, config["set_alpha_to_one"].BoolOr(false));
  if (!skip && steps < kOrder) {
    return Fail(ErrorCode::kInvalid,
                "{}: {} steps are too few without skip_prk_steps (at least {})", config.place(),
                steps, kOrder);
  }
  const float final_alpha = to_one ? 1 : schedule.alphas_cumprod[0];
  return std::make_unique<Pndm>(std::move(schedule), steps, skip, final_alpha);
}

}  // namespace permille
