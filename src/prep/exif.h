// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "prep/image.h"

namespace permille {

/// The orientation (1 to 8) that an EXIF block states, with or without the `Exif\0\0` before it.
/// Absent when it states none or is damaged.
std::optional<int> ExifOrientation(std::span<const std::uint8_t> exif);
/// The same out of XMP text: tiff:Orientation as an attribute or an element.
std::optional<int> XmpOrientation(std::string_view xmp);

/// Turn pixels as an orientation asks, as PIL's ImageOps.exif_transpose does.
Image Orient(Image image, int orientation);

}  // namespace permille
