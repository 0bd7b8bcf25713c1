// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "pipeline/pipeline.h"

namespace permille {

/// A text to labels with probabilities, best first, as the text-classification pipeline of
/// transformers gives with truncation on: ids cut to the shorter of the tokenizer's and the model's
/// limit, a batch padded to its longest.
Result<LoadedPredictor> MakeTextClassification(const ModelFiles& files,
                                               const PredictorOptions& options);

/// A graph whose model YAML describes its inputs, whatever its task: labels where the YAML states
/// them, else its outputs are only checked to be finite; its energy is as real as any other.
Result<LoadedPredictor> MakePlainGraph(const ModelFiles& files, const PredictorOptions& options);

}  // namespace permille
