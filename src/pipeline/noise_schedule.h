// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"

namespace permille {

enum class StepSpacing { kLeading, kLinspace, kTrailing };
enum class PredictionKind { kEpsilon, kVelocity };

/// What the scheduler_config.json of every scheduler of diffusers has in common, read and checked.
struct NoiseSchedule {
  std::string origin;  ///< the file, for errors
  std::int64_t train_steps = 1000;
  StepSpacing spacing = StepSpacing::kLeading;
  std::int64_t steps_offset = 0;
  PredictionKind prediction = PredictionKind::kEpsilon;
  /// The share of signal that is left after each training step, as diffusers computes it: the
  /// running product in 64 bits of 1 - beta in 32.
  std::vector<float> alphas_cumprod;

  /// The noise in units of the signal, sqrt((1 - a) / a), by training step.
  std::vector<float> Sigmas() const;
};

/// Read the common fields. `default_spacing` is the scheduler's own. kInvalid names what is unknown
/// or would change numbers and is not supported.
Result<NoiseSchedule> ReadNoiseSchedule(const JsonField& config, StepSpacing default_spacing);

/// kInvalid when a setting that is not supported is on: `names` of flags.
Result<void> RefuseFlags(const JsonField& config, const std::vector<std::string_view>& names);

/// `count` numbers from `first` to `last`, both included, as numpy.linspace spaces them.
std::vector<double> Linspace(double first, double last, std::size_t count);
/// Timesteps in falling order, in the spacing's way; rounded to whole ones unless `fractions` keeps
/// those of kLinspace.
std::vector<double> SpacedSteps(const NoiseSchedule& schedule, std::size_t count, bool fractions);

}  // namespace permille
