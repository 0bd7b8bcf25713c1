// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/tensor_engine.h"
#include "prep/image_processor.h"
#include "record/sample.h"

namespace permille {

/// Pictures of samples to a graph's pixel_values and pixel_mask. Buffers are reused, so views are
/// valid until the next Fill.
class ImageInputs {
 public:
  struct PictureSize {
    std::size_t width = 0;
    std::size_t height = 0;
  };

  /// `origin` names the model in errors.
  ImageInputs(std::unique_ptr<ImageProcessor> processor, std::string origin)
      : processor_(std::move(processor)), origin_(std::move(origin)) {}

  /// Find the graph's inputs; kInvalid names one that no picture fills. With `others`, the graph
  /// may have more inputs, which somebody else fills.
  Result<void> Bind(const std::vector<TensorInfo>& inputs, bool others = false);

  /// Read, resize, normalise and pad the pictures of a batch. kInvalid names the file.
  Result<void> Fill(std::span<const Sample> batch);
  std::span<const TensorView> views() const { return views_; }
  /// Of each picture of the last batch, as read.
  std::span<const PictureSize> sizes() const { return sizes_; }

 private:
  Result<void> FillMask();

  std::unique_ptr<ImageProcessor> processor_;
  std::string origin_;
  TensorInfo pixels_;
  std::optional<TensorInfo> mask_;
  std::vector<Image> images_;
  std::vector<PictureSize> sizes_;
  PixelBatch batch_;
  std::vector<std::int64_t> mask_shape_;
  std::vector<std::byte> narrow_mask_;  ///< where the graph's mask is of another type
  std::vector<TensorView> views_;
};

}  // namespace permille
