// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"

// How noise becomes an image, step by step: the schedulers of diffusers 0.19.3, one file each,
// computed in 32 bits as there. kSchedulers[] in scheduler.cc is the table.

namespace permille {

/// Takes a sample from noise to image along timesteps set when it was made. Thread-compatible.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  /// What the model is asked for, in order; some steps may come twice.
  const std::vector<double>& timesteps() const { return timesteps_; }
  /// What the first noise is multiplied by.
  virtual float initial_sigma() const { return 1; }
  /// Whether Step adds noise of its own.
  virtual bool needs_noise() const { return false; }
  /// Begin another sample: forget what earlier steps left.
  virtual void Restart() {}
  /// What the model is shown instead of the sample; in place.
  virtual void ScaleInput(std::size_t /*step*/, std::span<float> /*sample*/) const {}
  /// One step: `output` is the model's for timesteps()[step], `sample` is moved on in place.
  /// `noise` is standard normal and of the same size where needs_noise(). Steps come in order.
  virtual void Step(std::size_t step, std::span<const float> output, std::span<float> sample,
                    std::span<const float> noise) = 0;

 protected:
  std::vector<double> timesteps_;
};

struct SchedulerEntry {
  std::string_view name;
  std::string_view diffusers_class;
  Result<std::unique_ptr<Scheduler>> (*make)(const JsonField& config, std::size_t steps);
};
std::span<const SchedulerEntry> Schedulers();

/// Make the scheduler that `config` (a scheduler_config.json) names in `_class_name`, or another
/// one by name on the same config, as diffusers' from_config does. kInvalid names what is unknown
/// or unsupported.
Result<std::unique_ptr<Scheduler>> MakeScheduler(const JsonField& config,
                                                 const std::optional<std::string>& name,
                                                 std::size_t steps);

}  // namespace permille
