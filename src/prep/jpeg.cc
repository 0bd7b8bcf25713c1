// SPDX-License-Identifier: Apache-2.0
// JPEG through libjpeg-turbo, set as PIL sets it: accurate integer DCT, smooth upsampling, warnings
// ignored, an early end not.
#include <csetjmp>
#include <cstdio>
#include <cstring>

// jpeglib.h needs FILE and size_t first.
#include <jpeglib.h>

#include "prep/exif.h"
#include "prep/image_format.h"

namespace permille {
namespace {

/// Progressive files of more scans take minutes and say nothing new.
constexpr int kMostScans = 1000;

struct Fault {
  jpeg_error_mgr manager;  // first: the library hands out its address
  std::jmp_buf jump;
  char text[JMSG_LENGTH_MAX];
};

[[noreturn]] void OnError(j_common_ptr info) {
  auto* fault = reinterpret_cast<Fault*>(info->err);
  info->err->format_message(info, fault->text);
  std::longjmp(fault->jump, 1);
}

[[noreturn]] void Stop(j_common_ptr info, const char* reason) {
  auto* fault = reinterpret_cast<Fault*>(info->err);
  std::snprintf(fault->text, sizeof(fault->text), "%s", reason);
  std::longjmp(fault->jump, 1);
}

void OnMessage(j_common_ptr, int) {}

void OnProgress(j_common_ptr info) {
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (decoder->input_scan_number > kMostScans) Stop(info, "more than 1000 scans");
}

void OnOpen(j_decompress_ptr) {}

boolean OnEnd(j_decompress_ptr info) {
  Stop(reinterpret_cast<j_common_ptr>(info), "it ends too early");
}

void OnSkip(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  const auto bytes = static_cast<std::size_t>(count);
  if (bytes > info->src->bytes_in_buffer) OnEnd(info);
  info->src->next_input_byte += bytes;
  info->src->bytes_in_buffer -= bytes;
}

/// The library reports errors by jumping out of it. Nothing with a destructor lives in a function
/// that calls setjmp here.
class JpegReader {
 public:
  explicit JpegReader(const EncodedImage& file) {
    std::memset(&info_, 0, sizeof(info_));
    info_.err = jpeg_std_error(&fault_.manager);
    fault_.manager.error_exit = OnError;
    fault_.manager.emit_message = OnMessage;
    fault_.text[0] = '\0';
    source_.init_source = OnOpen;
    source_.fill_input_buffer = OnEnd;
    source_.skip_input_data = OnSkip;
    source_.resync_to_restart = jpeg_resync_to_restart;
    source_.term_source = OnOpen;
    source_.next_input_byte = file.data();
    source_.bytes_in_buffer = file.size();
    progress_.progress_monitor = OnProgress;
  }
  ~JpegReader() {
    if (created_) jpeg_destroy_decompress(&info_);
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  bool ReadHeader() {
    if (setjmp(fault_.jump)) return false;
    jpeg_create_decompress(&info_);
    created_ = true;
    info_.src = &source_;
    info_.progress = &progress_;
    jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&info_, TRUE);
    return true;
  }
  bool Start() {
    if (setjmp(fault_.jump)) return false;
    if (info_.num_components == 1) info_.out_color_space = JCS_GRAYSCALE;
    if (info_.num_components == 3) info_.out_color_space = JCS_RGB;
    if (info_.num_components == 4) info_.out_color_space = JCS_CMYK;
    jpeg_start_decompress(&info_);
    return true;
  }
  bool ReadRow(std::uint8_t* row) {
    if (setjmp(fault_.jump)) return false;
    JSAMPROW rows[] = {row};
    jpeg_read_scanlines(&info_, rows, 1);
    return true;
  }
  bool Finish() {
    if (setjmp(fault_.jump)) return false;
    jpeg_finish_decompress(&info_);
    return true;
  }

  const jpeg_decompress_struct& info() const { return info_; }
  std::string_view fault() const { return fault_.text; }

  int Orientation() const {
    constexpr std::string_view kExif("Exif\0", 5);
    for (const jpeg_marker_struct* marker = info_.marker_list; marker; marker = marker->next) {
      const std::span<const std::uint8_t> data(marker->data, marker->data_length);
      if (data.size() < kExif.size() || std::memcmp(data.data(), kExif.data(), kExif.size()) != 0)
        continue;
      return ExifOrientation(data).value_or(1);
    }
    return 1;
  }

 private:
  jpeg_decompress_struct info_;
  Fault fault_;
  jpeg_source_mgr source_{};
  jpeg_progress_mgr progress_{};
  bool created_ = false;
};

void SpreadGrey(const std::uint8_t* grey, std::size_t width, std::uint8_t* rgb) {
  for (std::size_t x = 0; x < width; ++x, rgb += 3) rgb[0] = rgb[1] = rgb[2] = grey[x];
}

/// PIL takes every four-channel JPEG to be stored inverted, as Adobe's are, and converts with
/// rounded products: channel = white - round(ink * white / 255), white = 255 - black.
void InkToRgb(const std::uint8_t* stored, std::size_t width, std::uint8_t* rgb) {
  for (std::size_t x = 0; x < width; ++x, stored += 4, rgb += 3) {
    const unsigned white = stored[3];
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned product = (255u - stored[c]) * white + 128;
      const unsigned ink = (product + (product >> 8)) >> 8;
      rgb[c] = static_cast<std::uint8_t>(white > ink ? white - ink : 0);
    }
  }
}

Result<void> ReadRows(const EncodedImage& file, JpegReader& reader, Image& image) {
  const int channels = reader.info().output_components;
  std::vector<std::uint8_t> row;
  if (channels != 3) row.resize(image.width * static_cast<std::size_t>(channels));
  std::uint8_t* out = image.pixels.data();
  for (std::size_t y = 0; y < image.height; ++y, out += 3 * image.width) {
    if (!reader.ReadRow(channels == 3 ? out : row.data()))
      return Unreadable(file, "JPEG", reader.fault());
    if (channels == 1) SpreadGrey(row.data(), image.width, out);
    if (channels == 4) InkToRgb(row.data(), image.width, out);
  }
  return {};
}

}  // namespace

Result<StoredImage> DecodeJpeg(const EncodedImage& file) {
  JpegReader reader(file);
  if (!reader.ReadHeader()) return Unreadable(file, "JPEG", reader.fault());
  PERMILLE_TRY(CheckImageSize(file, reader.info().image_width, reader.info().image_height));
  const int channels = reader.info().num_components;
  if (channels != 1 && channels != 3 && channels != 4) {
    return Unreadable(file, "JPEG", fmt::format("{} channels (known: 1, 3, 4)", channels));
  }
  StoredImage stored;
  stored.orientation = reader.Orientation();
  if (!reader.Start()) return Unreadable(file, "JPEG", reader.fault());
  stored.image.width = reader.info().output_width;
  stored.image.height = reader.info().output_height;
  stored.image.pixels.resize(stored.image.width * stored.image.height * 3);
  PERMILLE_TRY(ReadRows(file, reader, stored.image));
  if (!reader.Finish()) return Unreadable(file, "JPEG", reader.fault());
  return stored;
}

}  // namespace permille
