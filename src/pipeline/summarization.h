// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/pipeline.h"

namespace permille {

/// summarization: `summary_text` of Sample::text as the Hugging Face pipeline of
/// transformers 4.30.2 returns it, with truncation=True: the prefix of task_specific_params before
/// the text, and what is longer than the tokenizer or the encoder's positions allow is cut.
Result<LoadedPredictor> MakeSummarization(const ModelFiles& files, const PredictorOptions& options);

/// The same for any task of a model with an encoder (text2text-generation).
Result<LoadedPredictor> MakeText2Text(const ModelFiles& files, const PredictorOptions& options);

}  // namespace permille
