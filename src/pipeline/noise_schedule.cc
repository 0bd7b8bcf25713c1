// SPDX-License-Identifier: Apache-2.0
#include "pipeline/noise_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

namespace permille {
namespace {

constexpr std::int64_t kMostTrainSteps = 100'000;
constexpr float kLargestBeta = 0.999F;

template <class Kind>
struct Named {
  std::string_view name;
  Kind kind;
};
constexpr Named<StepSpacing> kSpacings[] = {{"leading", StepSpacing::kLeading},
                                            {"linspace", StepSpacing::kLinspace},
                                            {"trailing", StepSpacing::kTrailing}};
constexpr Named<PredictionKind> kPredictions[] = {{"epsilon", PredictionKind::kEpsilon},
                                                  {"v_prediction", PredictionKind::kVelocity}};

template <class Kind, std::size_t kCount>
Result<Kind> ReadNamed(const JsonField& field, const Named<Kind> (&names)[kCount], Kind fallback) {
  if (!field.exists()) return fallback;
  PERMILLE_ASSIGN(const std::string name, field.String());
  std::string known;
  for (const auto& each : names) {
    if (each.name == name) return each.kind;
    known += (known.empty() ? "" : ", ") + std::string(each.name);
  }
  return Fail(ErrorCode::kInvalid, "{}: {} is not supported (there are: {})", field.place(), name,
              known);
}

Result<double> NumberOr(const JsonField& field, double fallback) {
  if (!field.exists()) return fallback;
  return field.Number();
}

/// torch.linspace in 32 bits: the second half is counted from the end.
std::vector<float> FloatLinspace(float first, float last, std::size_t count) {
  std::vector<float> values(count);
  if (count == 1) values[0] = first;
  const float step = count < 2 ? 0 : (last - first) / static_cast<float>(count - 1);
  for (std::size_t i = 0; count > 1 && i < count; ++i) {
    values[i] = i < count / 2 ? first + step * static_cast<float>(i)
                              : last - step * static_cast<float>(count - 1 - i);
  }
  return values;
}

/// The cosine schedule (Nichol and Dhariwal 2021, arXiv:2102.09672).
std::vector<float> CosineBetas(std::size_t count) {
  const auto share = [](double time) {
    const double c = std::cos((time + 0.008) / 1.008 * std::numbers::pi / 2);
    return c * c;
  };
  std::vector<float> betas(count);
  const auto steps = static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = static_cast<double>(i);
    const double beta = 1 - share((at + 1) / steps) / share(at / steps);
    betas[i] = static_cast<float>(std::min(beta, static_cast<double>(kLargestBeta)));
  }
  return betas;
}

Result<std::vector<float>> ReadBetas(const JsonField& config, std::size_t count) {
  const JsonField trained = config["trained_betas"];
  std::vector<float> betas;
  if (trained.exists()) {
    PERMILLE_TRY(trained.RequireArray());
    for (std::size_t i = 0; i < trained.size(); ++i) {
      PERMILLE_ASSIGN(const double beta, trained.At(i).Number());
      betas.push_back(static_cast<float>(beta));
    }
    if (betas.size() == count) return betas;
    return Fail(ErrorCode::kInvalid, "{}: {} betas for {} training steps", trained.place(),
                betas.size(), count);
  }
  PERMILLE_ASSIGN(const double first, NumberOr(config["beta_start"], 0.0001));
  PERMILLE_ASSIGN(const double last, NumberOr(config["beta_end"], 0.02));
  if (!(first > 0 && first < 1 && last > 0 && last < 1)) {
    return Fail(ErrorCode::kInvalid, "{}: beta_start and beta_end must lie between 0 and 1",
                config.place());
  }
  PERMILLE_ASSIGN(const std::string kind, config["beta_schedule"].StringOr("linear"));
  if (kind == "squaredcos_cap_v2") return CosineBetas(count);
  if (kind == "linear") {
    return FloatLinspace(static_cast<float>(first), static_cast<float>(last), count);
  }
  if (kind == "scaled_linear") {
    betas = FloatLinspace(static_cast<float>(std::sqrt(first)), static_cast<float>(std::sqrt(last)),
                          count);
    for (float& beta : betas) beta *= beta;
    return betas;
  }
  return Fail(ErrorCode::kInvalid,
              "{}: {} is not supported (there are: linear, scaled_linear, squaredcos_cap_v2)",
              config["beta_schedule"].place(), kind);
}

}  // namespace

std::vector<float> NoiseSchedule::Sigmas() const {
  std::vector<float> sigmas(alphas_cumprod.size());
  for (std::size_t i = 0; i < sigmas.size(); ++i)
    sigmas[i] = std::sqrt((1 - alphas_cumprod[i]) / alphas_cumprod[i]);
  return sigmas;
}

Result<NoiseSchedule> ReadNoiseSchedule(const JsonField& config, StepSpacing default_spacing) {
  PERMILLE_TRY(config.RequireObject());
  NoiseSchedule schedule;
  schedule.origin = config.place();
  PERMILLE_ASSIGN(schedule.train_steps, config["num_train_timesteps"].IntegerOr(1000));
  if (schedule.train_steps < 1 || schedule.train_steps > kMostTrainSteps) {
    return Fail(ErrorCode::kInvalid, "{}: {} is out of range (1 to {})",
                config["num_train_timesteps"].place(), schedule.train_steps, kMostTrainSteps);
  }
  PERMILLE_ASSIGN(schedule.spacing,
                  ReadNamed(config["timestep_spacing"], kSpacings, default_spacing));
  PERMILLE_ASSIGN(schedule.prediction,
                  ReadNamed(config["prediction_type"], kPredictions, PredictionKind::kEpsilon));
  PERMILLE_ASSIGN(schedule.steps_offset, config["steps_offset"].IntegerOr(0));
  if (schedule.steps_offset < 0 || schedule.steps_offset >= schedule.train_steps) {
    return Fail(ErrorCode::kInvalid, "{}: {} is out of range", config["steps_offset"].place(),
                schedule.steps_offset);
  }
  PERMILLE_TRY(
      RefuseFlags(config, {"thresholding", "rescale_betas_zero_snr", "use_karras_sigmas"}));
  PERMILLE_ASSIGN(const auto betas,
                  ReadBetas(config, static_cast<std::size_t>(schedule.train_steps)));
  double product = 1;
  for (const float beta : betas) {
    const float alpha = 1.0F - beta;
    product *= static_cast<double>(alpha);
    schedule.alphas_cumprod.push_back(static_cast<float>(product));
  }
  return schedule;
}

Result<void> RefuseFlags(const JsonField& config, const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    PERMILLE_ASSIGN(const bool on, config[name].BoolOr(false));
    if (on) {
      return Fail(ErrorCode::kInvalid,
                  "{}: is not supported; set it to false or take another "
                  "scheduler",
                  config[name].place());
    }
  }
  return {};
}

std::vector<double> Linspace(double first, double last, std::size_t count) {
  std::vector<double> values(count);
  if (count == 1) values[0] = first;
  for (std::size_t i = 0; count > 1 && i < count; ++i) {
    values[i] = static_cast<double>(i) * ((last - first) / static_cast<double>(count - 1)) + first;
  }
  if (count > 1) values.back() = last;
  return values;
}

std::vector<double> SpacedSteps(const NoiseSchedule& schedule, std::size_t count, bool fractions) {
  std::vector<double> steps;
  const auto all = static_cast<double>(schedule.train_steps);
  if (schedule.spacing == StepSpacing::kLinspace) {
    steps = Linspace(0, all - 1, count);
    if (!fractions) {
      for (double& step : steps) step = std::nearbyint(step);
    }
    std::reverse(steps.begin(), steps.end());
  } else if (schedule.spacing == StepSpacing::kLeading) {
    const std::int64_t ratio = schedule.train_steps / static_cast<std::int64_t>(count);
    for (std::size_t i = count; i-- > 0;)
      steps.push_back(
          static_cast<double>(static_cast<std::int64_t>(i) * ratio + schedule.steps_offset));
  } else {
    const double ratio = all / static_cast<double>(count);
    // As numpy.arange(all, 0, -ratio) counts.
    const auto made = static_cast<std::size_t>(std::ceil(all / ratio));
    for (std::size_t i = 0; i < made; ++i)
      steps.push_back(std::nearbyint(all - static_cast<double>(i) * ratio) - 1);
  }
  return steps;
}

}  // namespace permille
