// SPDX-License-Identifier: Apache-2.0
#include "prep/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"
#include "prep/exif.h"
#include "prep/image_folder_test.h"
#include "prep/resize.h"
#include "prep/resize_passes.h"

namespace permille {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Image, AWindowIsThatPartOfTheWhole) {
  const Image image = *ReadImage(ImageFolder() + "landscape.jpg");
  for (const ResizeFilter filter : {ResizeFilter::kNearest, ResizeFilter::kLanczos}) {
    for (const auto& [width, height] : {std::pair<std::size_t, std::size_t>{50, 40},
                                        {image.width, 40},
                                        {150, image.height},
                                        {image.width, image.height}}) {
      const Image whole = Resize(image, width, height, filter);
      const Image part = ResizeWindow(image, width, height, filter, {7, 5, 33, 21});
      ASSERT_EQ(part.width, 33u);
      ASSERT_EQ(part.height, 21u);
      for (std::size_t y = 0; y < part.height; ++y) {
        const auto from =
            whole.pixels.begin() + static_cast<std::ptrdiff_t>(((y + 5) * whole.width + 7) * 3);
        const auto to = part.pixels.begin() + static_cast<std::ptrdiff_t>(y * part.width * 3);
        EXPECT_TRUE(std::equal(to, to + 33 * 3, from)) << width << " x " << height << ", row " << y;
      }
    }
  }
}

TEST(Image, OneChannelResizesAsAChannelOfThree) {
  const Image color = *ReadImage(ImageFolder() + "square.jpg");
  Image red{color.width, color.height, 1, {}};
  for (std::size_t i = 0; i < color.pixels.size(); i += 3) red.pixels.push_back(color.pixels[i]);
  const Image wanted = Resize(color, 20, 90, ResizeFilter::kBicubic);
  const Image got = Resize(red, 20, 90, ResizeFilter::kBicubic);
  ASSERT_EQ(got.pixels.size(), 20u * 90);
  for (std::size_t i = 0; i < got.pixels.size(); ++i)
    ASSERT_EQ(got.pixels[i], wanted.pixels[3 * i]) << i;
}

TEST(Image, FastLoopsGiveWhatPlainOnesGive) {
  std::uint32_t state = 1;
  std::vector<std::uint8_t> noise(61 * 37 * 3);
  for (std::uint8_t& byte : noise) {
    state = state * 1664525 + 1013904223;  // Numerical Recipes' generator
    // Half of them black or white, where rounding and cutting off show.
    const auto level = static_cast<std::uint8_t>(state >> 24);
    byte = level < 64 ? 0 : level > 191 ? 255 : level;
  }
  for (const ResizeFilter filter :
       {ResizeFilter::kBox, ResizeFilter::kBicubic, ResizeFilter::kLanczos}) {
    for (const std::size_t out : {1, 2, 5, 36, 37, 100}) {
      const AxisWeights axis = ResampleAxis(37, out, filter, 0, out);
      // The last row ends where the memory ends.
      for (const std::size_t channels : {1, 3}) {
        std::vector<std::uint8_t> fast(out * channels);
        std::vector<std::uint8_t> plain(out * channels);
        const std::size_t at = noise.size() - 37 * channels;
        FastResizePasses().row(noise.data() + at, 37 * channels, channels, axis, fast.data());
        PlainResizePasses().row(noise.data() + at, 37 * channels, channels, axis, plain.data());
        EXPECT_EQ(fast, plain) << out;
      }
      for (const std::size_t width : {1, 5, 16, 20, 61}) {
        std::vector<std::uint8_t> fast(width * 3);
        std::vector<std::uint8_t> plain(width * 3);
        const AxisWeights::Window& window = axis.windows.back();
        const std::int32_t* weights = axis.weights.data() + (out - 1) * axis.stride;
        const std::uint8_t* rows = noise.data() + window.first * width * 3;
        FastResizePasses().columns(rows, width * 3, weights, window.count, width * 3, fast.data());
        PlainResizePasses().columns(rows, width * 3, weights, window.count, width * 3,
                                    plain.data());
        EXPECT_EQ(fast, plain) << out << ", " << width;
      }
    }
  }
}

TEST(Image, PngHoldsWhatWasPutIn) {
  const Image image = *ReadImage(ImageFolder() + "landscape.jpg");
  const auto png = EncodePng(image);
  ASSERT_TRUE(png) << png.error().message;
  const auto back = DecodeImage(std::as_bytes(std::span(*png)), "memory");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->width, image.width);
  EXPECT_EQ(back->pixels, image.pixels);
  const auto grey = EncodePng({2, 1, 1, {0, 200}});
  ASSERT_TRUE(grey);
  EXPECT_THAT(DecodeImage(std::as_bytes(std::span(*grey)), "memory")->pixels,
              ElementsAre(0, 0, 0, 200, 200, 200));
  EXPECT_THAT(EncodePng({2, 2, 3, {1, 2, 3}}).error().message, HasSubstr("3 bytes"));
  EXPECT_FALSE(EncodePng({0, 0, 3, {}}));
}

std::string ErrorOf(std::string_view bytes, const ImageLimits& limits = {}) {
  const auto image = DecodeImage(std::as_bytes(std::span(bytes)), "x.jpg", limits);
  if (image) return "no error";
  EXPECT_EQ(image.error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(image.error().message.starts_with("x.jpg: ")) << image.error().message;
  EXPECT_EQ(image.error().message.find('\n'), std::string::npos);
  return image.error().message;
}

std::string Big(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

std::string Little(std::uint32_t value) {
  const std::string big = Big(value);
  return {big.rbegin(), big.rend()};
}

TEST(Image, ABombIsRefusedBySizeBeforeAnythingIsAllocated) {
  using std::string_literals::operator""s;
  // 30,000 x 30,000 is 900 million pixels; PIL refuses more than 178,956,970.
  const auto refused = AllOf(HasSubstr("30000 x 30000"), HasSubstr("178956970"));
  const std::string ihdr = "IHDR" + Big(30000) + Big(30000) + "\x08\x02\x00\x00\x00"s;
  // The checksum is Python's zlib.crc32 of the chunk.
  EXPECT_THAT(
      ErrorOf("\x89PNG\r\n\x1A\n"s + Big(13) + ihdr + "\xE9\x45\x6F\xED"s + Big(9) + "IDAT"),
      refused);
  EXPECT_THAT(ErrorOf("BM"s + Little(0) + Little(0) + Little(54) + Little(40) + Little(30000) +
                      Little(30000) + "\x01\x00\x18\x00"s + std::string(24, '\0')),
              refused);
  std::string jpeg = *ReadFile(ImageFolder() + "landscape.jpg");
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\x75\x30\x75\x30");
  EXPECT_THAT(ErrorOf(jpeg), refused);
  std::string webp = *ReadFile(ImageFolder() + "lossy.webp");
  EXPECT_THAT(ErrorOf(webp, {.pixels = 900}), AllOf(HasSubstr("37 x 26"), HasSubstr("900")));
}

TEST(Image, AnEarlyEndIsAnErrorForEveryFormat) {
  for (const char* name :
       {"q90-s0.jpg", "q90-s0-progressive.jpg", "type2-8.png", "type2-8-interlaced.png",
        "lossy.webp", "lossless.webp", "animated.webp", "8.bmp", "h40-24.bmp", "rle8.bmp"}) {
    SCOPED_TRACE(name);
    const std::string whole = *ReadFile(ImageFolder() + name);
    ASSERT_EQ(ErrorOf(whole), "no error");
    for (const std::size_t left :
         {std::size_t{0}, std::size_t{3}, std::size_t{20}, whole.size() / 2, whole.size() - 22}) {
      EXPECT_NE(ErrorOf(std::string_view(whole).substr(0, left)), "no error") << left;
    }
  }
}

TEST(Image, DamagedPixelsOfAPngAreAnError) {
  std::string png = *ReadFile(ImageFolder() + "type2-8.png");
  png[png.find("IDAT") + 40] ^= 0x55;
  EXPECT_THAT(ErrorOf(png), HasSubstr("not a readable PNG image: IDAT"));
}

TEST(Image, OtherFilesAreNamedForWhatTheyAre) {
  using std::string_literals::operator""s;
  EXPECT_THAT(ErrorOf(""), HasSubstr("empty file"));
  EXPECT_THAT(ErrorOf("GIF89a..."),
              AllOf(HasSubstr("is GIF"), HasSubstr("JPEG, PNG, WebP or BMP")));
  EXPECT_THAT(ErrorOf("II*\0...."s), HasSubstr("is TIFF"));
  EXPECT_THAT(ErrorOf("a sentence, not a picture"), HasSubstr("is no image"));
  EXPECT_THAT(ErrorOf("BM"), HasSubstr("BMP"));
  const auto folder = ReadImage(ImageFolder());
  EXPECT_THAT(folder.error().message, AllOf(HasSubstr(ImageFolder()), HasSubstr("is a folder")));
  EXPECT_EQ(ReadImage(ImageFolder() + "none.jpg").error().code, ErrorCode::kNotFound);
}

TEST(Image, UnknownBitmapsAreRefusedByWhatIsUnknown) {
  const std::string bitmap = *ReadFile(ImageFolder() + "h40-24.bmp");
  const auto with = [&](std::size_t at, const std::string& bytes) {
    return ErrorOf(std::string(bitmap).replace(at, bytes.size(), bytes));
  };
  EXPECT_THAT(with(14, Little(52)), HasSubstr("header of 52 bytes"));
  EXPECT_THAT(with(18, Little(0)), HasSubstr("0 x 9"));
  EXPECT_THAT(with(28, "\x05"), HasSubstr("5 bits a pixel"));
  EXPECT_THAT(with(30, Little(5)), HasSubstr("compression 5"));
  EXPECT_THAT(with(30, Little(1)), HasSubstr("run-length compression with 24 bits"));
  EXPECT_THAT(with(30, Little(3)), HasSubstr("unknown bit fields"));
  const std::string indexed = *ReadFile(ImageFolder() + "8.bmp");
  EXPECT_THAT(ErrorOf(std::string(indexed).replace(46, 4, Little(257))),
              HasSubstr("palette of 257 colors"));
}

TEST(Exif, StatesAnOrientationInBothByteOrders) {
  using std::string_literals::operator""s;
  const auto orientation = [](const std::string& block) {
    return ExifOrientation({reinterpret_cast<const std::uint8_t*>(block.data()), block.size()});
  };
  const std::string little = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"s;
  const std::string big = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0"s;
  EXPECT_EQ(orientation(little), 6);
  EXPECT_EQ(orientation("Exif\0\0"s + big), 8);
  for (std::size_t left = 0; left < little.size() - 2; ++left)
    EXPECT_EQ(orientation(little.substr(0, left)), std::nullopt) << left;
  EXPECT_EQ(orientation(std::string(little).replace(18, 1, "\x09")), std::nullopt);
  EXPECT_EQ(orientation(std::string(little).replace(4, 4, "\xFF\xFF\xFF\xFF")), std::nullopt);
  EXPECT_EQ(XmpOrientation("<tiff:Orientation>7</tiff:Orientation>"), 7);
  EXPECT_EQ(XmpOrientation("tiff:Orientation=\""), std::nullopt);
}

}  // namespace
}  // namespace permille
