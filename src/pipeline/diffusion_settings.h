// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "pipeline/task_options.h"
#include "prep/json_field.h"

namespace permille {

/// How a folder of diffusers makes images: its configuration joined with the options.
struct DiffusionSettings {
  bool large = false;  ///< XL: two text encoders, pooled states and sizes beside the prompt
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t steps = 50;
  double guidance = 7.5;
  std::string negative_prompt;
  bool zero_negative = false;  ///< XL: without a negative prompt, zeros stand for it
  std::int64_t latent_channels = 4;
  std::int64_t vae_factor = 8;  ///< pixels a latent, each way
  double vae_scaling = 0.18215;
  bool has_safety_checker = false;
  std::uint64_t seed = 0;
  std::optional<std::string> image_folder;

  bool guided() const { return guidance > 1; }
};

/// Read model_index.json, unet/config.json and vae/config.json. kInvalid names what is missing, of
/// another pipeline, or out of range.
Result<DiffusionSettings> ReadDiffusionSettings(const std::string& folder,
                                                const DiffusionOptions& options);

/// Read scheduler/scheduler_config.json as the pipeline of diffusers takes it: Stable Diffusion 1
/// and 2 correct two settings of old files, XL none. `other`: the scheduler asked for instead.
Result<JsonDocument> ReadSchedulerConfig(const std::string& folder, bool large,
                                         const std::optional<std::string>& other);

}  // namespace permille
