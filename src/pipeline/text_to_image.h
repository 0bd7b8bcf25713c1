// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>

#include "base/result.h"
#include "pipeline/pipeline.h"

namespace permille {

/// A prompt to an image, as the Stable Diffusion pipelines (1, 2, XL) of diffusers 0.19.3 make it
/// from the same noise; options in TaskOptions::diffusion. The image's hash is in the prediction,
/// and its path where a folder was asked for. Where the model has a safety checker it runs:
/// `flagged` says what it found, and a flagged image is black.
Result<LoadedPredictor> MakeTextToImage(const ModelFiles& files, const PredictorOptions& options);

/// What tests may put in and look at.
struct DiffusionHooks {
  /// Fill a tensor of noise: draw 0 is the first latents, draw k the noise of step k, of the sample
  /// with this index in its batch. Empty: seeded noise, by the seed and the sample's id.
  std::function<void(std::size_t sample, std::size_t draw, std::span<float> noise)> noise;
  /// See the last latents of a batch, before they are decoded.
  std::function<void(std::span<const float> latents)> latents;
};
Result<LoadedPredictor> MakeTextToImage(const ModelFiles& files, const PredictorOptions& options,
                                        DiffusionHooks hooks);

}  // namespace permille
