// SPDX-License-Identifier: Apache-2.0
// DPM-Solver and DPM-Solver++ multistep (Lu et al. 2022, arXiv:2206.00927 and 2211.01095). Follows
// diffusers' DPMSolverMultistepScheduler 0.19.3 without its stochastic variants.
#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/schedulers_internal.h"

namespace permille {
namespace {

struct DpmSettings {
  std::size_t order = 2;
  bool data = true;   ///< dpmsolver++: in terms of the image, not of the noise
  bool heun = false;  ///< the second-order solver; else midpoint
  bool lower_order_final = true;
};

class DpmSolver : public Scheduler {
 public:
  DpmSolver(NoiseSchedule schedule, std::vector<double> timesteps, DpmSettings settings)
      : schedule_(std::move(schedule)), settings_(settings) {
    timesteps_ = std::move(timesteps);
  }

  void Restart() override { outputs_.clear(); }

  void Step(std::size_t step, std::span<const float> output, std::span<float> sample,
            std::span<const float>) override {
    const std::size_t left = timesteps_.size() - step;  // 1: the last step
    const bool easy_end = settings_.lower_order_final && timesteps_.size() < 15;
    std::size_t order = std::min(settings_.order, outputs_.size() + 1);
    if (easy_end) order = std::min(order, left);
    if (outputs_.size() == settings_.order) outputs_.erase(outputs_.begin());
    Convert(step, output, sample);
    // Behind the last timestep lies training step 0.
    const Level to = LevelAt(left == 1 ? 0 : Index(step + 1));
    const Level from = LevelAt(Index(step));
    const float h = to.lambda - from.lambda;
    Move(order, step, h, from, to, sample);
  }

 private:
  /// Signal and noise at a training step, and half their log ratio.
  struct Level {
    float signal, spread, lambda;
  };
  Level LevelAt(std::size_t index) const {
    const float alpha = schedule_.alphas_cumprod[index];
    const float signal = std::sqrt(alpha);
    const float spread = std::sqrt(1 - alpha);
    return {signal, spread, std::log(signal) - std::log(spread)};
  }
  std::size_t Index(std::size_t step) const { return static_cast<std::size_t>(timesteps_[step]); }

  /// The model's output in the solver's terms: the image, or the noise.
  void Convert(std::size_t step, std::span<const float> output, std::span<const float> sample) {
    const Level level = LevelAt(Index(step));
    const bool velocity = schedule_.prediction == PredictionKind::kVelocity;
    std::vector<float>& converted = outputs_.emplace_back(output.begin(), output.end());
    for (std::size_t i = 0; i < converted.size(); ++i) {
      if (settings_.data && velocity) {
        converted[i] = level.signal * sample[i] - level.spread * output[i];
      } else if (settings_.data) {
        converted[i] = (sample[i] - level.spread * output[i]) / level.signal;
      } else if (velocity) {
        converted[i] = level.signal * output[i] + level.spread * sample[i];
      }
    }
  }

  /// The factors of the sample and of the output's first differences.
  struct Factors {
    float sample, d0, d1, d2;
  };
  Factors FactorsOf(std::size_t order, float h, const Level& from, const Level& to) const {
    const bool midpoint = order == 2 && !settings_.heun;
    Factors factors{};
    // Either solver is the other with signal and noise exchanged and h turned round.
    const float scale = settings_.data ? to.signal : to.spread;
    const float grown = std::exp(settings_.data ? -h : h) - 1;
    factors.sample = settings_.data ? to.spread / from.spread : to.signal / from.signal;
    factors.d0 = -(scale * grown);
    if (midpoint) {
      factors.d1 = 0.5F * factors.d0;
    } else {
      factors.d1 = settings_.data ? scale * (grown / h + 1) : -(scale * (grown / h - 1));
    }
    factors.d2 = settings_.data ? -(scale * ((grown + h) / (h * h) - 0.5F))
                                : -(scale * ((grown - h) / (h * h) - 0.5F));
    return factors;
  }

  void Move(std::size_t order, std::size_t step, float h, const Level& from, const Level& to,
            std::span<float> sample) const {
    const Factors factors = FactorsOf(order, h, from, to);
    const std::vector<float>& m0 = outputs_.back();
    if (order == 1) {
      for (std::size_t i = 0; i < sample.size(); ++i)
        sample[i] = factors.sample * sample[i] + factors.d0 * m0[i];
      return;
    }
    const std::vector<float>& m1 = outputs_[outputs_.size() - 2];
    const Level before = LevelAt(Index(step - 1));
    const float r0 = (from.lambda - before.lambda) / h;
    if (order == 2) {
      for (std::size_t i = 0; i < sample.size(); ++i) {
        const float d1 = 1 / r0 * (m0[i] - m1[i]);
        sample[i] = factors.sample * sample[i] + factors.d0 * m0[i] + factors.d1 * d1;
      }
      return;
    }
    const std::vector<float>& m2 = outputs_[outputs_.size() - 3];
    const float r1 = (before.lambda - LevelAt(Index(step - 2)).lambda) / h;
    for (std::size_t i = 0; i < sample.size(); ++i) {
      const float near = 1 / r0 * (m0[i] - m1[i]);
      const float far = 1 / r1 * (m1[i] - m2[i]);
      const float d1 = near + r0 / (r0 + r1) * (near - far);
      const float d2 = 1 / (r0 + r1) * (near - far);
      sample[i] =
          factors.sample * sample[i] + factors.d0 * m0[i] + factors.d1 * d1 + factors.d2 * d2;
    }
  }

  NoiseSchedule schedule_;
  DpmSettings settings_;
  std::vector<std::vector<float>> outputs_;  ///< converted, of the last steps, at most `order`
};

/// Training steps whose lambda is not below `least`: the others are left out of the timesteps.
std::int64_t StepsAbove(const NoiseSchedule& schedule, double least) {
  std::int64_t below = 0;
  for (const float alpha : schedule.alphas_cumprod) {
    const float lambda = std::log(std::sqrt(alpha)) - std::log(std::sqrt(1 - alpha));
    below += static_cast<double>(lambda) < least;
  }
  return schedule.train_steps - below;
}

/// diffusers spaces one step more than asked for, and drops the one that would be last.
std::vector<double> DpmSteps(const NoiseSchedule& schedule, std::size_t count, std::int64_t last) {
  std::vector<double> steps;
  if (schedule.spacing == StepSpacing::kLinspace) {
    steps = Linspace(0, static_cast<double>(last - 1), count + 1);
    std::reverse(steps.begin(), steps.end());
    steps.pop_back();
    for (double& step : steps) step = std::nearbyint(step);
  } else if (schedule.spacing == StepSpacing::kLeading) {
    const std::int64_t ratio = last / static_cast<std::int64_t>(count + 1);
    for (std::size_t i = count; i > 0; --i) {
      steps.push_back(
          static_cast<double>(static_cast<std::int64_t>(i) * ratio + schedule.steps_offset));
    }
  } else {
    const double ratio = static_cast<double>(schedule.train_steps) / static_cast<double>(count);
    const auto made = static_cast<std::size_t>(std::ceil(static_cast<double>(last) / ratio));
    for (std::size_t i = 0; i < made; ++i) {
      steps.push_back(std::nearbyint(static_cast<double>(last) - static_cast<double>(i) * ratio) -
                      1);
    }
  }
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  return steps;
}

Result<DpmSettings> ReadSettings(const JsonField& config) {
  DpmSettings settings;
  PERMILLE_ASSIGN(const std::int64_t order, config["solver_order"].IntegerOr(2));
  if (order < 1 || order > 3) {
    return Fail(ErrorCode::kInvalid, "{}: {} is out of range (1 to 3)",
                config["solver_order"].place(), order);
  }
  settings.order = static_cast<std::size_t>(order);
  PERMILLE_ASSIGN(const std::string algorithm, config["algorithm_type"].StringOr("dpmsolver++"));
  // "deis" and the solvers of other schedulers are what diffusers takes for these.
  if (algorithm != "dpmsolver++" && algorithm != "dpmsolver" && algorithm != "deis") {
    return Fail(ErrorCode::kInvalid, "{}: {} is not supported (there are: dpmsolver++, dpmsolver)",
                config["algorithm_type"].place(), algorithm);
  }
  settings.data = algorithm != "dpmsolver";
  PERMILLE_ASSIGN(const std::string solver, config["solver_type"].StringOr("midpoint"));
  if (solver != "midpoint" && solver != "heun" && solver != "logrho" && solver != "bh1" &&
      solver != "bh2") {
    return Fail(ErrorCode::kInvalid, "{}: {} is not supported (there are: midpoint, heun)",
                config["solver_type"].place(), solver);
  }
  settings.heun = solver == "heun";
  PERMILLE_ASSIGN(settings.lower_order_final, config["lower_order_final"].BoolOr(true));
  if (config["variance_type"].exists()) {
    return Fail(ErrorCode::kInvalid, "{}: learned variances are not supported",
                config["variance_type"].place());
  }
  return settings;
}

}  // namespace

Result<std::unique_ptr<Scheduler>> MakeDpmSolver(const JsonField& config, std::size_t steps) {
  PERMILLE_ASSIGN(NoiseSchedule schedule, ReadNoiseSchedule(config, StepSpacing::kLinspace));
  PERMILLE_ASSIGN(const DpmSettings settings, ReadSettings(config));
  std::int64_t last = schedule.train_steps;
  const JsonField clipped = config["lambda_min_clipped"];
  // JSON has no infinity; what writes one writes a word for it.
  if (clipped.is_number()) {
    PERMILLE_ASSIGN(const double least, clipped.Number());
    last = StepsAbove(schedule, least);
  }
  std::vector<double> timesteps = DpmSteps(schedule, steps, last);
  if (last < 2 || timesteps.empty() || timesteps.back() < 0 ||
      timesteps.front() >= static_cast<double>(schedule.train_steps)) {
    return Fail(ErrorCode::kInvalid, "{}: {} steps do not fit", config.place(), steps);
  }
  return std::make_unique<DpmSolver>(std::move(schedule), std::move(timesteps), settings);
}

}  // namespace permille
