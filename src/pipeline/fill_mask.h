// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "pipeline/pipeline.h"

namespace permille {

/// A text with masks to the likeliest tokens of each, as the fill-mask pipeline of transformers
/// gives: TaskOptions::top_k (default 5) of every mask in Prediction::spans, those of the first
/// also in `labels`, the text with the best one filled in in `text`. A text without mask is
/// kInvalid.
Result<LoadedPredictor> MakeFillMask(const ModelFiles& files, const PredictorOptions& options);

}  // namespace permille
