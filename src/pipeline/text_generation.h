// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/pipeline.h"

namespace permille {

/// text-generation: the prompt (Sample::text) and what the model goes on with, as the Hugging Face
/// pipeline of transformers 4.30.2 returns it in `generated_text`. The prompt is encoded without
/// special tokens; an empty one becomes the begin-of-text token. A prompt longer than the model's
/// positions is refused: the pipeline does not cut prompts by default either. A model with an
/// encoder is run as the text2text-generation pipeline does.
Result<LoadedPredictor> MakeTextGeneration(const ModelFiles& files,
                                           const PredictorOptions& options);

}  // namespace permille
