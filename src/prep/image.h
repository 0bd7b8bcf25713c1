// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace permille {

/// Pixels, 8 bits a channel, row by row from the upper left corner.
struct Image {
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t channels = 3;  ///< 3: RGB; 1: grey
  std::vector<std::uint8_t> pixels;
};

/// What an image file may ask for before it is refused.
struct ImageLimits {
  std::size_t pixels = 178'956'970;  ///< twice PIL's warning threshold, where PIL refuses
};

/// Read a JPEG, PNG, WebP or BMP as RGB, as transformers' load_image does (PIL's exif_transpose and
/// convert("RGB")): turned as its orientation says, the first frame of an animation, CMYK and
/// 16-bit converted, transparency dropped. kInvalid names the file and what is wrong with it.
Result<Image> ReadImage(const std::string& path, const ImageLimits& limits = {});
/// The same from memory; `origin` names it in errors.
Result<Image> DecodeImage(std::span<const std::byte> bytes, const std::string& origin,
                          const ImageLimits& limits = {});
/// Encode as PNG.
Result<std::string> EncodePng(const Image& image);

enum class ResizeFilter { kNearest, kBox, kBilinear, kHamming, kBicubic, kLanczos };

/// Resize as PIL's Image.resize does: filters widen when shrinking (anti-aliasing).
Image Resize(const Image& image, std::size_t width, std::size_t height, ResizeFilter filter);

}  // namespace permille
