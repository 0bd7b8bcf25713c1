// SPDX-License-Identifier: Apache-2.0
// Resizing with the arithmetic of PIL's Resample.c: first along the rows, then along the columns,
// each pass with weights of 22 fractional bits and rounded to 8 bits.
#include "prep/resize.h"

#include <algorithm>
#include <cstring>

#include "prep/resize_filter.h"
#include "prep/resize_passes.h"

namespace permille {
namespace {

/// Rows `first` and on, `count` of them, with their width resized.
Image ResizeRows(const Image& image, std::size_t first, std::size_t count,
                 const AxisWeights& axis) {
  Image out;
  out.width = axis.windows.size();
  out.height = count;
  out.channels = image.channels;
  out.pixels.resize(out.width * out.height * out.channels);
  const std::size_t in_row = image.width * image.channels;
  const std::size_t out_row = out.width * out.channels;
  for (std::size_t y = 0; y < count; ++y) {
    const std::size_t at = (first + y) * in_row;
    FastResizePasses().row(image.pixels.data() + at, image.pixels.size() - at, image.channels, axis,
                           out.pixels.data() + y * out_row);
  }
  return out;
}

/// The height resized; `first` rows of what the axis counts are not in `image`.
Image ResizeColumns(const Image& image, std::size_t first, const AxisWeights& axis) {
  Image out;
  out.width = image.width;
  out.height = axis.windows.size();
  out.channels = image.channels;
  const std::size_t row = image.width * image.channels;
  out.pixels.resize(row * out.height);
  for (std::size_t y = 0; y < out.height; ++y) {
    const AxisWeights::Window& window = axis.windows[y];
    FastResizePasses().columns(image.pixels.data() + (window.first - first) * row, row,
                               axis.weights.data() + y * axis.stride, window.count, row,
                               out.pixels.data() + y * row);
  }
  return out;
}

/// The sources of the output pixels from `begin` to `end` of an axis, found by adding up steps as
/// PIL does; `in` where the sum of rounding errors runs past the end.
std::vector<std::size_t> NearestSources(std::size_t in, std::size_t out, std::size_t begin,
                                        std::size_t end) {
  const double step = static_cast<double>(in) / static_cast<double>(out);
  double at = step * 0.5;
  std::vector<std::size_t> sources;
  sources.reserve(end - begin);
  for (std::size_t i = 0; i < end; ++i, at += step) {
    if (i >= begin) sources.push_back(std::min(static_cast<std::size_t>(at), in));
  }
  return sources;
}

Image PickPixels(const Image& image, const std::vector<std::size_t>& columns,
                 const std::vector<std::size_t>& rows) {
  Image out;
  out.width = columns.size();
  out.height = rows.size();
  out.channels = image.channels;
  out.pixels.assign(out.width * out.height * out.channels, 0);
  std::uint8_t* target = out.pixels.data();
  for (const std::size_t y : rows) {
    for (const std::size_t x : columns) {
      if (y < image.height && x < image.width) {
        std::memcpy(target, image.pixels.data() + (y * image.width + x) * image.channels,
                    image.channels);
      }
      target += image.channels;
    }
  }
  return out;
}

Image Cut(const Image& image, const ImageWindow& window) {
  Image out;
  out.width = window.width;
  out.height = window.height;
  out.channels = image.channels;
  const std::size_t row = window.width * image.channels;
  out.pixels.resize(row * window.height);
  for (std::size_t y = 0; y < window.height; ++y) {
    std::memcpy(out.pixels.data() + y * row,
                image.pixels.data() + ((window.y + y) * image.width + window.x) * image.channels,
                row);
  }
  return out;
}

}  // namespace

Image ResizeWindow(const Image& image, std::size_t width, std::size_t height, ResizeFilter filter,
                   const ImageWindow& window) {
  const std::size_t right = window.x + window.width;
  const std::size_t bottom = window.y + window.height;
  if (width == image.width && height == image.height) return Cut(image, window);
  if (filter == ResizeFilter::kNearest) {
    return PickPixels(image, NearestSources(image.width, width, window.x, right),
                      NearestSources(image.height, height, window.y, bottom));
  }
  // An axis that keeps its length is not resampled.
  const bool wide = width != image.width;
  std::size_t first = window.y;
  std::size_t past = bottom;
  AxisWeights vertical;
  if (height != image.height) {
    vertical = ResampleAxis(image.height, height, filter, window.y, bottom);
    first = vertical.windows.front().first;
    past = vertical.windows.back().first + vertical.windows.back().count;
  }
  const Image rows = wide ? ResizeRows(image, first, past - first,
                                       ResampleAxis(image.width, width, filter, window.x, right))
                          : Cut(image, {window.x, first, window.width, past - first});
  return height != image.height ? ResizeColumns(rows, first, vertical) : rows;
}

Image Resize(const Image& image, std::size_t width, std::size_t height, ResizeFilter filter) {
  if (width == image.width && height == image.height) return image;
  return ResizeWindow(image, width, height, filter, {0, 0, width, height});
}

}  // namespace permille
