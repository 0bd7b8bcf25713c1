// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "engine/tensor_engine.h"

namespace permille {

/// One of a model's graphs and where its weights come from.
struct ModelPart {
  std::string name;   ///< encoder_model, unet, ...; for errors
  std::string graph;  ///< .onnx or .onnx.zst
  WeightsSource weights;
};

/// Refuse a model whose weightless parts cannot be loaded, before any is: kUnavailable when the
/// weights of all parts together need more memory, or random ones more room on disk, than is free;
/// kInvalid listing, over all parts, every trained tensor that is missing, surplus, or of another
/// shape or type. Of a checkpoint that several parts share, a tensor is surplus that none of them
/// has. Parts that hold their own weights are passed over. `model` names it in errors.
Result<void> CheckParts(std::span<const ModelPart> parts, const std::string& model);

}  // namespace permille
