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

/// The processor that a config names (`DetrFeatureExtractor`: `Detr`), else the one that
/// transformers uses for the model type (`convnextv2`: `ConvNext`), else ViT's. kInvalid when the
/// named one is not known here.
Result<std::string_view> NameImageProcessor(const JsonField& config, std::string_view model_type);

/// Read the plan of a named processor.
Result<ImagePlan> ParseImagePlan(const JsonField& config, std::string_view processor);

/// The size that an image of `from` is resized to. kInvalid when that would be nothing or too much.
Result<ImageExtent> ResizedExtent(const ImagePlan& plan, ImageExtent from);

}  // namespace permille
