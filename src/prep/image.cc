// SPDX-License-Identifier: Apache-2.0
#include "prep/image.h"

#include <cstring>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "prep/exif.h"
#include "prep/image_format.h"

namespace permille {
namespace {

using std::string_view_literals::operator""sv;

/// What a file begins with; '?' stands for any byte.
struct Format {
  std::string_view name;
  std::string_view magic;
  Result<StoredImage> (*decode)(const EncodedImage&);  ///< absent: known by name only
};

const Format kFormats[] = {
    {"JPEG", "\xFF\xD8\xFF"sv, DecodeJpeg},
    {"PNG", "\x89PNG\r\n\x1A\n"sv, DecodePng},
    {"WebP", "RIFF????WEBP"sv, DecodeWebp},
    {"BMP", "BM"sv, DecodeBmp},
    {"GIF", "GIF8"sv, nullptr},
    {"TIFF", "II*\0"sv, nullptr},
    {"TIFF", "MM\0*"sv, nullptr},
    {"HEIF or AVIF", "????ftyp"sv, nullptr},
    {"PDF", "%PDF"sv, nullptr},
};

bool BeginsWith(std::span<const std::byte> bytes, std::string_view magic) {
  if (bytes.size() < magic.size()) return false;
  for (std::size_t i = 0; i < magic.size(); ++i) {
    if (magic[i] != '?' && std::to_integer<char>(bytes[i]) != magic[i]) return false;
  }
  return true;
}

}  // namespace

Result<void> CheckImageSize(const EncodedImage& file, std::uint64_t width, std::uint64_t height) {
  if (width == 0 || height == 0) {
    return Fail(ErrorCode::kInvalid, "{}: image of {} x {} pixels", file.origin, width, height);
  }
  if (width > file.limits.pixels || height > file.limits.pixels / width) {
    return Fail(ErrorCode::kInvalid,
                "{}: image of {} x {} pixels is over the limit of {} pixels; make it smaller",
                file.origin, width, height, file.limits.pixels);
  }
  return {};
}

tl::unexpected<Error> Unreadable(const EncodedImage& file, std::string_view format,
                                 std::string_view reason) {
  return Fail(ErrorCode::kInvalid, "{}: not a readable {} image: {}", file.origin, format, reason);
}

Result<Image> DecodeImage(std::span<const std::byte> bytes, const std::string& origin,
                          const ImageLimits& limits) {
  if (bytes.empty()) return Fail(ErrorCode::kInvalid, "{}: empty file, no image", origin);
  for (const Format& format : kFormats) {
    if (!BeginsWith(bytes, format.magic)) continue;
    if (!format.decode) {
      return Fail(ErrorCode::kInvalid, "{}: is {}; images must be JPEG, PNG, WebP or BMP", origin,
                  format.name);
    }
    PERMILLE_ASSIGN(StoredImage stored, format.decode({bytes, origin, limits}));
    return Orient(std::move(stored.image), stored.orientation);
  }
  return Fail(ErrorCode::kInvalid, "{}: is no image; images must be JPEG, PNG, WebP or BMP",
              origin);
}

Result<Image> ReadImage(const std::string& path, const ImageLimits& limits) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return Fail(ErrorCode::kInvalid, "{}: is a folder, not an image", path);
  }
  PERMILLE_ASSIGN(const std::string bytes, ReadFile(path));
  return DecodeImage(std::as_bytes(std::span(bytes)), path, limits);
}

}  // namespace permille
