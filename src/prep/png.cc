// SPDX-License-Identifier: Apache-2.0
// PNG through libpng. Rows are taken as stored (indices, grey levels), and made RGB here as PIL
// does: colour management and transparency ignored.
#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include "prep/exif.h"
#include "prep/image_format.h"

namespace permille {
namespace {

constexpr std::size_t kReasonSize = 128;

struct Fault {
  std::jmp_buf jump;
  char text[kReasonSize];
};

[[noreturn]] void OnError(png_structp png, png_const_charp text) {
  auto* fault = static_cast<Fault*>(png_get_error_ptr(png));
  std::snprintf(fault->text, kReasonSize, "%s", text);
  std::longjmp(fault->jump, 1);
}

void OnWarning(png_structp, png_const_charp) {}

struct Input {
  const std::uint8_t* next;
  std::size_t left;
};

void OnRead(png_structp png, png_bytep out, std::size_t count) {
  auto* input = static_cast<Input*>(png_get_io_ptr(png));
  if (count > input->left) png_error(png, "it ends too early");
  std::memcpy(out, input->next, count);
  input->next += count;
  input->left -= count;
}

/// The library reports errors by jumping out of it. Nothing with a destructor lives in a function
/// that calls setjmp here.
class PngReader {
 public:
  explicit PngReader(const EncodedImage& file) : input_{file.data(), file.size()} {
    fault_.text[0] = '\0';
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &fault_, OnError, OnWarning);
    if (png_) info_ = png_create_info_struct(png_);
  }
  ~PngReader() {
    if (png_) png_destroy_read_struct(&png_, info_ ? &info_ : nullptr, nullptr);
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  bool ReadHeader() {
    if (!png_ || !info_) return false;
    if (setjmp(fault_.jump)) return false;
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_read_fn(png_, &input_, OnRead);
    png_read_info(png_, info_);
    return true;
  }
  bool Start() {
    if (setjmp(fault_.jump)) return false;
    png_set_packing(png_);
    if (color_type() & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(png_);
    if (color_type() & PNG_COLOR_MASK_COLOR) png_set_strip_16(png_);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }
  bool ReadRow(std::uint8_t* row) {
    if (setjmp(fault_.jump)) return false;
    png_read_row(png_, row, nullptr);
    return true;
  }
  bool ReadAll(std::uint8_t** rows) {
    if (setjmp(fault_.jump)) return false;
    png_read_image(png_, rows);
    return true;
  }
  bool Finish() {
    if (setjmp(fault_.jump)) return false;
    png_read_end(png_, info_);
    return true;
  }

  std::size_t width() const { return png_get_image_width(png_, info_); }
  std::size_t height() const { return png_get_image_height(png_, info_); }
  int color_type() const { return png_get_color_type(png_, info_); }
  int bit_depth() const { return png_get_bit_depth(png_, info_); }
  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }
  bool interlaced() const { return passes_ > 1; }
  std::string_view fault() const { return fault_.text; }
  std::span<const png_color> palette() const {
    png_colorp colors = nullptr;
    int count = 0;
    png_get_PLTE(png_, info_, &colors, &count);
    return {colors, static_cast<std::size_t>(count)};
  }
  int Orientation() const;

 private:
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  Fault fault_;
  Input input_;
  int passes_ = 1;
};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// EXIF as ImageMagick puts it into text: an empty line, a name, a length, then hex digits.
std::vector<std::uint8_t> RawProfile(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  for (int line = 0; line < 3; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return bytes;
    text.remove_prefix(end + 1);
  }
  int high = -1;
  for (const char c : text) {
    const int digit = HexDigit(c);
    if (digit < 0) continue;
    if (high >= 0) bytes.push_back(static_cast<std::uint8_t>(high << 4 | digit));
    high = high >= 0 ? -1 : digit;
  }
  return bytes;
}

int PngReader::Orientation() const {
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  const bool has_exif = png_get_eXIf_1(png_, info_, &size, &exif) != 0;
  std::optional<int> found;
  if (has_exif) found = ExifOrientation({exif, size});
  png_textp texts = nullptr;
  int count = 0;
  png_get_text(png_, info_, &texts, &count);
  for (int i = 0; i < count && !found; ++i) {
    const std::string_view key(texts[i].key ? texts[i].key : "");
    if (!texts[i].text) continue;
    const std::size_t length = std::max(texts[i].text_length, texts[i].itxt_length);
    const std::string_view text(texts[i].text, length);
    if (key == "Raw profile type exif" && !has_exif) found = ExifOrientation(RawProfile(text));
    if (key == "XML:com.adobe.xmp") found = XmpOrientation(text);
  }
  return found.value_or(1);
}

/// Rows as the library gives them, to RGB.
class RowConverter {
 public:
  explicit RowConverter(const PngReader& reader)
      : type_(reader.color_type()), depth_(reader.bit_depth()), width_(reader.width()) {
    const unsigned levels = depth_ < 8 ? (1u << depth_) - 1 : 255;
    for (unsigned i = 0; i < 256; ++i) {
      const unsigned grey =
          type_ == PNG_COLOR_TYPE_PALETTE ? i : std::min(i, levels) * 255 / levels;
      colors_[i].fill(static_cast<std::uint8_t>(grey));
    }
    if (type_ != PNG_COLOR_TYPE_PALETTE) return;
    // Indices past the palette's end stay levels of grey, as in PIL.
    const auto palette = reader.palette();
    for (std::size_t i = 0; i < std::min<std::size_t>(palette.size(), 256); ++i)
      colors_[i] = {palette[i].red, palette[i].green, palette[i].blue};
  }

  void Convert(const std::uint8_t* in, std::uint8_t* out) const {
    if (depth_ == 16 && !(type_ & PNG_COLOR_MASK_COLOR)) {
      // PIL cuts wide grey off at 255; with transparency it keeps the upper half instead.
      const bool alpha = type_ & PNG_COLOR_MASK_ALPHA;
      for (std::size_t x = 0; x < width_; ++x, in += 2, out += 3)
        out[0] = out[1] = out[2] = in[0] != 0 && !alpha ? 255 : in[alpha ? 0 : 1];
    } else if (type_ & PNG_COLOR_MASK_COLOR && type_ != PNG_COLOR_TYPE_PALETTE) {
      std::memcpy(out, in, 3 * width_);
    } else {
      for (std::size_t x = 0; x < width_; ++x, out += 3)
        std::copy(colors_[in[x]].begin(), colors_[in[x]].end(), out);
    }
  }

 private:
  int type_;
  int depth_;
  std::size_t width_;
  std::array<std::array<std::uint8_t, 3>, 256> colors_;
};

Result<void> ReadRows(const EncodedImage& file, PngReader& reader, const RowConverter& converter,
                      Image& image) {
  const std::size_t bytes = reader.row_bytes();
  const std::size_t kept = reader.interlaced() ? image.height : 1;
  std::vector<std::uint8_t> raw(bytes * kept);
  image.pixels.resize(image.width * image.height * 3);
  if (reader.interlaced()) {
    std::vector<std::uint8_t*> rows(image.height);
    for (std::size_t y = 0; y < image.height; ++y) rows[y] = raw.data() + y * bytes;
    if (!reader.ReadAll(rows.data())) return Unreadable(file, "PNG", reader.fault());
  }
  for (std::size_t y = 0; y < image.height; ++y) {
    if (!reader.interlaced() && !reader.ReadRow(raw.data()))
      return Unreadable(file, "PNG", reader.fault());
    converter.Convert(raw.data() + (reader.interlaced() ? y * bytes : 0),
                      image.pixels.data() + y * image.width * 3);
  }
  return {};
}

void OnWrite(png_structp png, png_bytep bytes, std::size_t count) {
  auto* out = static_cast<std::string*>(png_get_io_ptr(png));
  out->append(reinterpret_cast<const char*>(bytes), count);
}

void OnFlush(png_structp) {}

bool WriteRows(png_structp png, png_infop info, std::jmp_buf& jump, const Image& image,
               std::string& out) {
  if (setjmp(jump)) return false;
  png_set_write_fn(png, &out, OnWrite, OnFlush);
  png_set_IHDR(png, info, static_cast<png_uint_32>(image.width),
               static_cast<png_uint_32>(image.height), 8,
               image.channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  const std::uint8_t* row = image.pixels.data();
  for (std::size_t y = 0; y < image.height; ++y, row += image.width * image.channels)
    png_write_row(png, row);
  png_write_end(png, info);
  return true;
}

}  // namespace

Result<StoredImage> DecodePng(const EncodedImage& file) {
  PngReader reader(file);
  if (!reader.ReadHeader()) return Unreadable(file, "PNG", reader.fault());
  PERMILLE_TRY(CheckImageSize(file, reader.width(), reader.height()));
  const RowConverter converter(reader);
  if (!reader.Start()) return Unreadable(file, "PNG", reader.fault());
  StoredImage stored;
  stored.image.width = reader.width();
  stored.image.height = reader.height();
  PERMILLE_TRY(ReadRows(file, reader, converter, stored.image));
  // What stands behind the pixels may be damaged: the picture is there, and PIL shows it.
  reader.Finish();
  stored.orientation = reader.Orientation();
  return stored;
}

Result<std::string> EncodePng(const Image& image) {
  const bool fits = image.width > 0 && image.height > 0 && image.width <= PNG_UINT_31_MAX &&
                    image.height <= PNG_UINT_31_MAX && (image.channels == 1 || image.channels == 3);
  if (!fits || image.pixels.size() != image.width * image.height * image.channels) {
    return Fail(ErrorCode::kInvalid, "an image of {} x {} x {} with {} bytes cannot be a PNG",
                image.width, image.height, image.channels, image.pixels.size());
  }
  Fault fault;
  fault.text[0] = '\0';
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &fault, OnError, OnWarning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  std::string out;
  const bool written = info && WriteRows(png, info, fault.jump, image, out);
  png_destroy_write_struct(&png, &info);
  if (!written) return Fail(ErrorCode::kInternal, "PNG: cannot be written: {}", fault.text);
  return out;
}

}  // namespace permille
