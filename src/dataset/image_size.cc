// SPDX-License-Identifier: Apache-2.0
#include "dataset/image_size.h"

#include <optional>
#include <string_view>

#include "base/file.h"

namespace permille {
namespace {

std::int64_t Byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}
std::int64_t Big(std::string_view bytes, std::size_t at, std::size_t size) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value * 256 + Byte(bytes, at + i);
  return value;
}
std::int64_t Little(std::string_view bytes, std::size_t at, std::size_t size) {
  std::int64_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value * 256 + Byte(bytes, at + i - 1);
  return value;
}

// PNG (https://www.w3.org/TR/png/#11IHDR): the first chunk is IHDR.
std::optional<ImageSize> PngSize(std::string_view bytes) {
  if (bytes.size() < 24 || !bytes.starts_with("\x89PNG\r\n\x1A\n")) return std::nullopt;
  return ImageSize{Big(bytes, 16, 4), Big(bytes, 20, 4)};
}

// JPEG (ITU T.81, B.2.2): the size stands in the frame header, SOF0 to SOF15 but for DHT, JPG, DAC.
std::optional<ImageSize> JpegSize(std::string_view bytes) {
  if (!bytes.starts_with("\xFF\xD8")) return std::nullopt;
  for (std::size_t at = 2; at + 9 <= bytes.size();) {
    if (Byte(bytes, at) != 0xFF) return std::nullopt;
    const auto marker = Byte(bytes, at + 1);
    if (marker == 0xFF) {  // fill
      ++at;
      continue;
    }
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return ImageSize{Big(bytes, at + 7, 2), Big(bytes, at + 5, 2)};
    const bool alone = marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
    at += 2 + static_cast<std::size_t>(alone ? 0 : Big(bytes, at + 2, 2));
  }
  return std::nullopt;
}

std::optional<ImageSize> BmpSize(std::string_view bytes) {
  if (bytes.size() < 26 || !bytes.starts_with("BM")) return std::nullopt;
  if (Little(bytes, 14, 4) == 12) return ImageSize{Little(bytes, 18, 2), Little(bytes, 20, 2)};
  const std::int64_t height = Little(bytes, 22, 4);  // negative: the rows run downwards
  return ImageSize{Little(bytes, 18, 4), height >= 0x80000000LL ? 0x100000000LL - height : height};
}

// WebP (https://developers.google.com/speed/webp/docs/riff_container): VP8X, VP8L or VP8.
std::optional<ImageSize> WebpSize(std::string_view bytes) {
  if (bytes.size() < 30 || !bytes.starts_with("RIFF") || bytes.substr(8, 4) != "WEBP")
    return std::nullopt;
  const std::string_view kind = bytes.substr(12, 4);
  if (kind == "VP8X") return ImageSize{Little(bytes, 24, 3) + 1, Little(bytes, 27, 3) + 1};
  if (kind == "VP8L") {
    const std::int64_t bits = Little(bytes, 21, 4);
    return ImageSize{(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1};
  }
  if (kind == "VP8 ")
    return ImageSize{Little(bytes, 26, 2) & 0x3FFF, Little(bytes, 28, 2) & 0x3FFF};
  return std::nullopt;
}

}  // namespace

Result<ImageSize> ReadImageSize(const std::string& path) {
  PERMILLE_ASSIGN(const std::string bytes, ReadFile(path));
  for (const auto size : {PngSize(bytes), JpegSize(bytes), BmpSize(bytes), WebpSize(bytes)}) {
    if (size && size->width > 0 && size->height > 0) return *size;
  }
  return Fail(ErrorCode::kInvalid, "{}: says no size that a JPEG, PNG, WebP or BMP would", path);
}

}  // namespace permille
