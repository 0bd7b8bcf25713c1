// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "pipeline/pipeline.h"

namespace permille {

/// A picture to labels with probabilities, best first, as the image-classification pipeline of
/// transformers gives: softmax over all labels, of which it keeps 5.
Result<LoadedPredictor> MakeImageClassification(const ModelFiles& files,
                                                const PredictorOptions& options);

}  // namespace permille
