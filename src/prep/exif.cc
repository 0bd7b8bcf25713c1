// SPDX-License-Identifier: Apache-2.0
#include "prep/exif.h"

#include <cstring>
#include <utility>

namespace permille {
namespace {

constexpr std::uint16_t kOrientationTag = 0x0112;

/// A TIFF block: integers in the byte order that its first two bytes name.
class TiffBlock {
 public:
  static std::optional<TiffBlock> Open(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < 8) return std::nullopt;
    const bool little = bytes[0] == 'I' && bytes[1] == 'I';
    if (!little && !(bytes[0] == 'M' && bytes[1] == 'M')) return std::nullopt;
    return TiffBlock(bytes, little);
  }
  std::optional<std::uint16_t> Short(std::size_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < 2) return std::nullopt;
    const unsigned first = bytes_[at];
    const unsigned second = bytes_[at + 1];
    return static_cast<std::uint16_t>(little_ ? first | second << 8 : first << 8 | second);
  }
  std::optional<std::uint32_t> Long(std::size_t at) const {
    const auto first = Short(at);
    const auto second = Short(at + 2);
    if (!first || !second) return std::nullopt;
    const std::uint32_t a = *first;
    const std::uint32_t b = *second;
    return little_ ? a | b << 16 : a << 16 | b;
  }

 private:
  TiffBlock(std::span<const std::uint8_t> bytes, bool little) : bytes_(bytes), little_(little) {}
  std::span<const std::uint8_t> bytes_;
  bool little_;
};

std::optional<int> Known(std::uint32_t orientation) {
  if (orientation < 1 || orientation > 8) return std::nullopt;
  return static_cast<int>(orientation);
}

/// Where the pixel (x, y) of a turned image comes from, as steps through the pixels as stored.
struct Steps {
  std::ptrdiff_t origin;
  std::ptrdiff_t x;
  std::ptrdiff_t y;
};

Steps StepsOf(int orientation, std::ptrdiff_t width, std::ptrdiff_t height) {
  const std::ptrdiff_t last_column = width - 1;
  const std::ptrdiff_t last_row = (height - 1) * width;
  switch (orientation) {
    case 2:
      return {last_column, -1, width};
    case 3:
      return {last_row + last_column, -1, -width};
    case 4:
      return {last_row, 1, -width};
    case 5:
      return {0, width, 1};
    case 6:
      return {last_row, -width, 1};
    case 7:
      return {last_row + last_column, -width, -1};
    case 8:
      return {last_column, width, -1};
    default:
      return {0, 1, width};
  }
}

}  // namespace

std::optional<int> ExifOrientation(std::span<const std::uint8_t> exif) {
  constexpr std::uint8_t kPrefix[] = {'E', 'x', 'i', 'f', 0, 0};
  if (exif.size() >= sizeof(kPrefix) && std::memcmp(exif.data(), kPrefix, sizeof(kPrefix)) == 0) {
    exif = exif.subspan(sizeof(kPrefix));
  }
  const auto tiff = TiffBlock::Open(exif);
  if (!tiff) return std::nullopt;
  const auto directory = tiff->Long(4);
  const auto entries = directory ? tiff->Short(*directory) : std::nullopt;
  if (!entries) return std::nullopt;
  for (std::size_t i = 0; i < *entries; ++i) {
    const std::size_t entry = *directory + 2 + 12 * i;
    const auto tag = tiff->Short(entry);
    if (!tag) return std::nullopt;
    if (*tag != kOrientationTag) continue;
    const auto type = tiff->Short(entry + 2);
    const auto count = tiff->Long(entry + 4);
    if (!type || count != 1u) return std::nullopt;
    if (*type == 3) {  // SHORT
      const auto value = tiff->Short(entry + 8);
      return value ? Known(*value) : std::nullopt;
    }
    const auto value = tiff->Long(entry + 8);
    return *type == 4 && value ? Known(*value) : std::nullopt;  // LONG
  }
  return std::nullopt;
}

std::optional<int> XmpOrientation(std::string_view xmp) {
  for (const std::string_view key : {"tiff:Orientation=\"", "tiff:Orientation>"}) {
    const std::size_t at = xmp.find(key);
    if (at == std::string_view::npos || at + key.size() >= xmp.size()) continue;
    const char digit = xmp[at + key.size()];
    if (digit >= '0' && digit <= '9') return Known(static_cast<std::uint32_t>(digit - '0'));
  }
  return std::nullopt;
}

Image Orient(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const auto width = static_cast<std::ptrdiff_t>(image.width);
  const auto height = static_cast<std::ptrdiff_t>(image.height);
  const Steps steps = StepsOf(orientation, width, height);
  Image turned;
  turned.channels = image.channels;
  turned.width = orientation >= 5 ? image.height : image.width;
  turned.height = orientation >= 5 ? image.width : image.height;
  turned.pixels.resize(image.pixels.size());
  std::uint8_t* out = turned.pixels.data();
  for (std::size_t y = 0; y < turned.height; ++y) {
    std::ptrdiff_t at = steps.origin + static_cast<std::ptrdiff_t>(y) * steps.y;
    for (std::size_t x = 0; x < turned.width; ++x, at += steps.x) {
      const std::uint8_t* in = image.pixels.data() + static_cast<std::size_t>(at) * image.channels;
      for (std::size_t c = 0; c < image.channels; ++c) *out++ = in[c];
    }
  }
  return turned;
}

}  // namespace permille
