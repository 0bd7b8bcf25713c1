// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/pipeline.h"

namespace permille {

/// image-to-text: a caption of Sample::image_path, as the Hugging Face pipeline of transformers
/// 4.30.2 returns it in `generated_text`. Vision encoder and text decoder, BLIP, GIT, BLIP-2.
Result<LoadedPredictor> MakeImageToText(const ModelFiles& files, const PredictorOptions& options);

}  // namespace permille
