// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <span>

#include "fuzz_input.h"
#include "prep/image.h"

namespace {

void RequireWhole(const permille::Image& image) {
  permille::Require(image.pixels.size() == image.width * image.height * image.channels,
                    "one byte a pixel and channel");
}

/// CRC-32 of ISO 3309, as PNG has it behind every chunk.
std::uint32_t Checksum(const std::uint8_t* bytes, std::size_t size) {
  std::uint32_t sum = 0xFFFF'FFFF;
  for (std::size_t i = 0; i < size; ++i) {
    sum ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) sum = sum & 1 ? sum >> 1 ^ 0xEDB8'8320 : sum >> 1;
  }
  return ~sum;
}

/// Make the chunks' checksums right again, so that what was changed is looked at.
void MendPng(std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSignature = 8;
  if (size < kSignature || std::memcmp(data, "\x89PNG\r\n\x1A\n", kSignature) != 0) return;
  for (std::size_t at = kSignature; size - at >= 12;) {
    std::size_t length = 0;
    for (int i = 0; i < 4; ++i) length = length << 8 | data[at + static_cast<std::size_t>(i)];
    if (length > size - at - 12) return;
    const std::uint32_t sum = Checksum(data + at + 4, length + 4);
    at += 8 + length;
    for (int shift = 24; shift >= 0; shift -= 8)
      data[at++] = static_cast<std::uint8_t>(sum >> shift);
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int) {
  const std::size_t mutated = LLVMFuzzerMutate(data, size, max_size);
  MendPng(data, mutated);
  return mutated;
}

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
