// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>

#include "fuzz_input.h"
#include "prep/image.h"

namespace {

void RequireWhole(const permille::Image& image) {
  permille::Require(image.pixels.size() == image.width * image.height * image.channels,
                    "one byte a pixel and channel");
}

}  // namespace

// A picture: what it begins with says which format it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr permille::ImageLimits kLimits{.pixels = 1 << 18};
  const auto image =
      permille::DecodeImage(std::as_bytes(std::span(data, size)), "picture", kLimits);
  if (!image) {
    permille::Require(image.error().message.find('\n') == std::string::npos, "one line");
    return 0;
  }
  RequireWhole(*image);
  permille::Require(image->channels == 3, "RGB");
  permille::Require(image->width > 0 && image->height > 0, "not empty");
  permille::Require(image->width * image->height <= kLimits.pixels, "within the limit");
  for (const auto filter : {permille::ResizeFilter::kNearest, permille::ResizeFilter::kLanczos}) {
    const permille::Image small = permille::Resize(*image, 19, 7, filter);
    RequireWhole(small);
    const auto png = permille::EncodePng(small);
    permille::Require(png.has_value(), "a picture can be written");
    const auto back = permille::DecodeImage(std::as_bytes(std::span(*png)), "png");
    permille::Require(back && back->pixels == small.pixels, "PNG keeps every pixel");
  }
  return 0;
}
