// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "prep/image.h"

namespace permille {

/// A part of an image.
struct ImageWindow {
  std::size_t x = 0;
  std::size_t y = 0;
  std::size_t width = 0;
  std::size_t height = 0;
};

/// The window of what Resize gives, without making the rest. The window lies inside.
Image ResizeWindow(const Image& image, std::size_t width, std::size_t height, ResizeFilter filter,
                   const ImageWindow& window);

}  // namespace permille
