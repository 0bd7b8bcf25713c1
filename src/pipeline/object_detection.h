// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "pipeline/pipeline.h"

namespace permille {

/// A picture to the objects in it, best first, as the object-detection pipeline of transformers
/// gives with threshold 0: the 100 best boxes, in pixels of the picture.
Result<LoadedPredictor> MakeObjectDetection(const ModelFiles& files,
                                            const PredictorOptions& options);

}  // namespace permille
