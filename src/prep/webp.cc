// SPDX-License-Identifier: Apache-2.0
// WebP through libwebp: lossy, lossless, with alpha (dropped), and the first frame of an animation.
#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "prep/exif.h"
#include "prep/image_format.h"

namespace permille {
namespace {

struct DemuxerDeleter {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};
struct AnimationDeleter {
  void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};

std::string_view Reason(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
      return "out of memory";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return "unsupported feature";
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return "it ends too early";
    default:
      return "damaged data";
  }
}

int Orientation(WebPDemuxer* demuxer) {
  WebPChunkIterator chunk;
  int orientation = 1;
  if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk)) {
    orientation = ExifOrientation({chunk.chunk.bytes, chunk.chunk.size}).value_or(1);
  }
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

Result<void> DecodeStill(const EncodedImage& file, Image& image) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return Unreadable(file, "WebP", "another library version");
  image.pixels.resize(image.width * image.height * 3);
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = image.pixels.data();
  config.output.u.RGBA.stride = static_cast<int>(image.width * 3);
  config.output.u.RGBA.size = image.pixels.size();
  const VP8StatusCode status = WebPDecode(file.data(), file.size(), &config);
  WebPFreeDecBuffer(&config.output);
  if (status != VP8_STATUS_OK) return Unreadable(file, "WebP", Reason(status));
  return {};
}

Result<void> DecodeFirstFrame(const EncodedImage& file, Image& image) {
  WebPAnimDecoderOptions options;
  if (!WebPAnimDecoderOptionsInit(&options)) {
    return Unreadable(file, "WebP", "another library version");
  }
  options.color_mode = MODE_RGBA;
  options.use_threads = 0;
  const WebPData data{file.data(), file.size()};
  const std::unique_ptr<WebPAnimDecoder, AnimationDeleter> decoder(
      WebPAnimDecoderNew(&data, &options));
  std::uint8_t* canvas = nullptr;
  int timestamp = 0;
  if (!decoder || !WebPAnimDecoderGetNext(decoder.get(), &canvas, &timestamp)) {
    return Unreadable(file, "WebP", "damaged data in its first frame");
  }
  image.pixels.resize(image.width * image.height * 3);
  std::uint8_t* out = image.pixels.data();
  for (std::size_t i = 0; i < image.width * image.height; ++i, canvas += 4, out += 3) {
    out[0] = canvas[0];
    out[1] = canvas[1];
    out[2] = canvas[2];
  }
  return {};
}

}  // namespace

Result<StoredImage> DecodeWebp(const EncodedImage& file) {
  const WebPData data{file.data(), file.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  const std::unique_ptr<WebPDemuxer, DemuxerDeleter> demuxer(WebPDemuxPartial(&data, &state));
  if (!demuxer || state == WEBP_DEMUX_PARSE_ERROR) return Unreadable(file, "WebP", "damaged data");
  if (state != WEBP_DEMUX_DONE) return Unreadable(file, "WebP", "it ends too early");
  StoredImage stored;
  stored.image.width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
  stored.image.height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  PERMILLE_TRY(CheckImageSize(file, stored.image.width, stored.image.height));
  stored.orientation = Orientation(demuxer.get());
  if (WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS) & ANIMATION_FLAG) {
    PERMILLE_TRY(DecodeFirstFrame(file, stored.image));
  } else {
    PERMILLE_TRY(DecodeStill(file, stored.image));
  }
  return stored;
}

}  // namespace permille
