// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "prep/image.h"

// The image formats, one per file: jpeg.cc, png.cc, webp.cc, bmp.cc. kFormats[] in image.cc is the
// table. Each gives the pixels that PIL 9.4 gives for convert("RGB").

namespace permille {

/// An image file in memory.
struct EncodedImage {
  std::span<const std::byte> bytes;
  const std::string& origin;  ///< for errors
  const ImageLimits& limits;

  const std::uint8_t* data() const { return reinterpret_cast<const std::uint8_t*>(bytes.data()); }
  std::size_t size() const { return bytes.size(); }
};

/// Pixels as stored, and how a viewer is to turn them.
struct StoredImage {
  Image image;
  int orientation = 1;  ///< EXIF's, 1 to 8
};

/// Refuse an empty image and one that is larger than the limit, before anything is allocated.
Result<void> CheckImageSize(const EncodedImage& file, std::uint64_t width, std::uint64_t height);
/// kInvalid: `origin: not a readable JPEG image: reason`.
[[nodiscard]] tl::unexpected<Error> Unreadable(const EncodedImage& file, std::string_view format,
                                               std::string_view reason);

Result<StoredImage> DecodeJpeg(const EncodedImage& file);
Result<StoredImage> DecodePng(const EncodedImage& file);
Result<StoredImage> DecodeWebp(const EncodedImage& file);
Result<StoredImage> DecodeBmp(const EncodedImage& file);

}  // namespace permille
