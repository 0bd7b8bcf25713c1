// SPDX-License-Identifier: Apache-2.0
#include "pipeline/scheduler.h"

#include "pipeline/schedulers_internal.h"

namespace permille {
namespace {

const SchedulerEntry kSchedulers[] = {
    {"pndm", "PNDMScheduler", MakePndm},
    {"ddim", "DDIMScheduler", MakeDdim},
    {"euler", "EulerDiscreteScheduler", MakeEuler},
    {"euler-ancestral", "EulerAncestralDiscreteScheduler", MakeEulerAncestral},
    {"dpm-solver++", "DPMSolverMultistepScheduler", MakeDpmSolver},
};

}  // namespace

std::span<const SchedulerEntry> Schedulers() {
  return kSchedulers;
}

Result<std::unique_ptr<Scheduler>> MakeScheduler(const JsonField& config,
                                                 const std::optional<std::string>& name,
                                                 std::size_t steps) {
  PERMILLE_ASSIGN(const std::string stated, config["_class_name"].StringOr(""));
  PERMILLE_ASSIGN(const std::int64_t train, config["num_train_timesteps"].IntegerOr(1000));
  if (steps < 1 || static_cast<std::int64_t>(steps) > train) {
    return Fail(ErrorCode::kInvalid, "{}: {} steps are out of range (1 to {})", config.place(),
                steps, train);
  }
  std::string known;
  for (const SchedulerEntry& entry : kSchedulers) {
    if (name ? entry.name == *name : entry.diffusers_class == stated) {
      return entry.make(config, steps);
    }
    known += (known.empty() ? "" : ", ") + std::string(name ? entry.name : entry.diffusers_class);
  }
  return Fail(ErrorCode::kInvalid, "{}: scheduler {} is not supported (there are: {})",
              config.place(), name ? *name : stated, known);
}

}  // namespace permille
