// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "prep/image.h"
#include "prep/json_field.h"

namespace permille {

struct ImageExtent {
  std::size_t width = 0;
  std::size_t height = 0;
  bool operator==(const ImageExtent&) const = default;
};

/// How an image becomes a tensor: what a preprocessor_config.json says, with the defaults of its
/// processor in transformers 4.30.2.
struct ImagePlan {
  /// How the size after resizing follows from the size before.
  enum class Fit {
    kNone,
    kExact,     ///< to `exact`, whatever the shape
    kShortest,  ///< the shorter edge becomes `shortest`
    kConvNext,  ///< below 384: shorter edge to shortest / crop_pct, centre cut out; else exact
    kCapped,    ///< the shorter edge becomes `shortest` unless the longer would exceed `longest`
  };
  Fit fit = Fit::kNone;
  ImageExtent exact;
  std::int64_t shortest = 0;
  std::int64_t longest = 0;
  double crop_pct = 1;
  ResizeFilter filter = ResizeFilter::kBilinear;
  std::optional<ImageExtent> crop;
  std::optional<double> rescale;
  struct Normalization {
    std::array<float, 3> mean;
    std::array<float, 3> deviation;
  };
  std::optional<Normalization> normalization;
  bool pad = false;   ///< a batch to its largest width and height, on the right and below
  bool mask = false;  ///< say which pixels are not padding
};

/// Read a plan. `fallback` is the processor's name where the config has none; empty: ViT's.
Result<ImagePlan> ParseImagePlan(const JsonField& config, std::string_view fallback = {});

/// The processor that transformers uses for a model type (`convnextv2`: `ConvNext`); empty when it
/// is not known here.
std::string_view ProcessorOfModel(std::string_view model_type);

/// The size that an image of `from` is resized to. kInvalid when that would be nothing or too much.
Result<ImageExtent> ResizedExtent(const ImagePlan& plan, ImageExtent from);

}  // namespace permille
