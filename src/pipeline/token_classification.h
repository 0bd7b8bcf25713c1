// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "pipeline/pipeline.h"

namespace permille {

/// A text to its entities (Prediction::spans), as the token-classification pipeline of transformers
/// 4.30.2 gives them: TaskOptions::aggregation none (default), simple, first, average or max; what
/// is labelled "O" is left out; ids are cut to the shorter of the tokenizer's and the model's
/// limit.
Result<LoadedPredictor> MakeTokenClassification(const ModelFiles& files,
                                                const PredictorOptions& options);

}  // namespace permille
