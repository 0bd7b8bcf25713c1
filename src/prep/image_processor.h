// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/image.h"
#include "prep/json_field.h"

namespace permille {

/// Images as a model takes them.
struct PixelBatch {
  std::vector<float> values;        ///< [images, channels, height, width]
  std::vector<std::int64_t> mask;   ///< [images, height, width]: 1 where there is image
  std::vector<std::int64_t> shape;  ///< of values
  bool has_mask = false;            ///< the model's processor makes a pixel_mask
};

/// Bytes of an image to numbers: what a preprocessor_config.json describes.
class ImageProcessor {
 public:
  virtual ~ImageProcessor() = default;
  /// Process a batch; images of different size are padded as the model's processor does, or
  /// kInvalid where it would not.
  virtual Result<void> Process(std::span<const Image> images, PixelBatch& out) = 0;
};

/// A processor and what transformers calls it, without ImageProcessor at the end: `Detr`.
struct NamedImageProcessor {
  std::unique_ptr<ImageProcessor> processor;
  std::string name;
};

/// Read preprocessor_config.json of a folder; where it names no processor, config.json's model type
/// decides, else it is ViT's. An unknown processor, and a key that says ViT's is not the one, is
/// kInvalid and named.
Result<std::unique_ptr<ImageProcessor>> LoadImageProcessor(const std::string& folder);
Result<NamedImageProcessor> LoadNamedImageProcessor(const std::string& folder);
/// The same from the part of another file that holds the same keys.
Result<std::unique_ptr<ImageProcessor>> ParseImageProcessor(const JsonField& config);
Result<NamedImageProcessor> ParseNamedImageProcessor(const JsonField& config,
                                                     std::string_view model_type);

}  // namespace permille
