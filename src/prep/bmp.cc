// SPDX-License-Identifier: Apache-2.0
// Windows and OS/2 bitmaps, as PIL's BmpImagePlugin reads them.
#include <algorithm>
#include <array>
#include <cstring>

#include "prep/image_format.h"

namespace permille {
namespace {

constexpr std::uint32_t kRaw = 0;
constexpr std::uint32_t kRle8 = 1;
constexpr std::uint32_t kRle4 = 2;
constexpr std::uint32_t kBitfields = 3;
constexpr std::size_t kFileHeader = 14;

using Rgb = std::array<std::uint8_t, 3>;

/// How the bits of a pixel become RGB.
enum class Layout { kIndex, kBgr, kBgrx, kXbgr, kRgbx, kFive5, kFive6 };

struct Header {
  std::size_t size = 0;
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  bool top_down = false;
  unsigned bits = 0;
  std::uint32_t compression = kRaw;
  std::size_t colors = 0;
  std::size_t color_bytes = 4;
  std::array<std::uint32_t, 4> masks{};
  std::size_t palette_at = 0;
  std::size_t pixels_at = 0;
};

class BmpReader {
 public:
  explicit BmpReader(const EncodedImage& file) : file_(file) {}
  Result<StoredImage> Read();

 private:
  tl::unexpected<Error> Bad(std::string_view reason) const {
    return Unreadable(file_, "BMP", reason);
  }
  bool Has(std::size_t at, std::size_t count) const {
    return at <= file_.size() && file_.size() - at >= count;
  }
  std::uint32_t Short(std::size_t at) const {
    return file_.data()[at] | static_cast<std::uint32_t>(file_.data()[at + 1]) << 8;
  }
  std::uint32_t Long(std::size_t at) const { return Short(at) | Short(at + 2) << 16; }

  Result<void> ReadHeader();
  Result<void> ReadWindowsHeader();
  Result<void> ReadMasks();
  Result<void> ChooseLayout();
  Result<void> ChooseMaskedLayout();
  Result<void> ReadPalette();
  Result<void> Expand(Image& image) const;
  Result<std::vector<std::uint8_t>> Indices() const;
  void ExpandRow(const std::uint8_t* in, std::uint8_t* out) const;
  void PutIndex(std::size_t index, std::uint8_t* out) const {
    std::copy(palette_[index].begin(), palette_[index].end(), out);
  }

  const EncodedImage& file_;
  Header header_;
  Layout layout_ = Layout::kIndex;
  std::array<Rgb, 256> palette_;
};

Result<void> BmpReader::ReadHeader() {
  if (!Has(kFileHeader, 4)) return Bad("it ends within its header");
  header_.pixels_at = Long(10);
  header_.size = Long(kFileHeader);
  if (!Has(kFileHeader, header_.size)) return Bad("it ends within its header");
  if (header_.size == 12) {
    header_.width = Short(18);
    header_.height = Short(20);
    header_.bits = Short(24);
    header_.color_bytes = 3;
  } else {
    PERMILLE_TRY(ReadWindowsHeader());
  }
  if (header_.colors == 0 && header_.bits <= 8) header_.colors = std::size_t{1} << header_.bits;
  return CheckImageSize(file_, header_.width, header_.height);
}

Result<void> BmpReader::ReadWindowsHeader() {
  if (header_.size != 40 && header_.size != 64 && header_.size != 108 && header_.size != 124) {
    return Bad(fmt::format("header of {} bytes (known: 12, 40, 64, 108, 124)", header_.size));
  }
  header_.width = Long(18);
  header_.height = Long(22);
  header_.top_down = header_.height >> 24 == 0xFF;
  if (header_.top_down) header_.height = (std::uint64_t{1} << 32) - header_.height;
  header_.bits = Short(28);
  header_.compression = Long(30);
  header_.colors = Long(46);
  return header_.compression == kBitfields ? ReadMasks() : Result<void>();
}

Result<void> BmpReader::ReadMasks() {
  // A header of 40 bytes is followed by three masks; larger ones hold four.
  const std::size_t at = kFileHeader + 40;
  const std::size_t count = header_.size >= 56 ? 4 : 3;
  if (!Has(at, 4 * count)) return Bad("it ends within its header");
  for (std::size_t i = 0; i < count; ++i) header_.masks[i] = Long(at + 4 * i);
  return {};
}

Result<void> BmpReader::ChooseLayout() {
  if (header_.compression > kBitfields) {
    return Bad(fmt::format("compression {} is unknown (known: none, RLE8, RLE4, bit fields)",
                           header_.compression));
  }
  const bool fields = header_.compression == kBitfields;
  switch (header_.bits) {
    case 1:
    case 4:
    case 8:
      layout_ = Layout::kIndex;
      return fields ? Bad("bit fields with a palette") : Result<void>();
    case 16:
      layout_ = Layout::kFive5;
      break;
    case 24:
      layout_ = Layout::kBgr;
      break;
    case 32:
      layout_ = Layout::kBgrx;
      break;
    default:
      return Bad(fmt::format("{} bits a pixel (known: 1, 4, 8, 16, 24, 32)", header_.bits));
  }
  if (header_.compression == kRle8 || header_.compression == kRle4) {
    return Bad(fmt::format("run-length compression with {} bits a pixel", header_.bits));
  }
  return fields ? ChooseMaskedLayout() : Result<void>();
}

Result<void> BmpReader::ChooseMaskedLayout() {
  struct Known {
    unsigned bits;
    std::array<std::uint32_t, 4> masks;
    Layout layout;
  };
  static constexpr Known kKnown[] = {
      {16, {0xF800, 0x7E0, 0x1F}, Layout::kFive6},
      {16, {0x7C00, 0x3E0, 0x1F}, Layout::kFive5},
      {24, {0xFF0000, 0xFF00, 0xFF}, Layout::kBgr},
      {32, {0xFF0000, 0xFF00, 0xFF, 0}, Layout::kBgrx},
      {32, {0xFF0000, 0xFF00, 0xFF, 0xFF000000}, Layout::kBgrx},
      {32, {0, 0, 0, 0}, Layout::kBgrx},
      {32, {0xFF000000, 0xFF0000, 0xFF00, 0}, Layout::kXbgr},
      {32, {0xFF000000, 0xFF0000, 0xFF00, 0xFF}, Layout::kXbgr},
      {32, {0xFF, 0xFF00, 0xFF0000, 0xFF000000}, Layout::kRgbx},
  };
  for (const Known& known : kKnown) {
    if (known.bits != header_.bits) continue;
    const std::size_t compared = known.bits == 32 ? 4 : 3;
    if (!std::equal(known.masks.begin(), known.masks.begin() + compared, header_.masks.begin()))
      continue;
    layout_ = known.layout;
    return {};
  }
  return Bad(fmt::format("unknown bit fields {:x} {:x} {:x} {:x}", header_.masks[0],
                         header_.masks[1], header_.masks[2], header_.masks[3]));
}

Result<void> BmpReader::ReadPalette() {
  const std::size_t at = kFileHeader + header_.size;
  // Some writers leave the palette out of the offset of the pixels.
  if (header_.pixels_at == at && header_.bits <= 8) header_.pixels_at += 4 * header_.colors;
  if (layout_ != Layout::kIndex) {
    const std::size_t masks = header_.compression == kBitfields && header_.size == 40 ? 12 : 0;
    if (header_.pixels_at == 0) header_.pixels_at = at + masks;
    return {};
  }
  if (header_.colors > 256) return Bad(fmt::format("palette of {} colors", header_.colors));
  // Indices past the palette's end are levels of grey, as in PIL.
  for (std::size_t i = 0; i < 256; ++i) palette_[i].fill(static_cast<std::uint8_t>(i));
  for (std::size_t i = 0; i < header_.colors; ++i) {
    const std::size_t color = at + i * header_.color_bytes;
    if (!Has(color, header_.color_bytes)) return Bad("it ends within its palette");
    const std::uint8_t* bgr = file_.data() + color;
    palette_[i] = {bgr[2], bgr[1], bgr[0]};
  }
  if (header_.pixels_at == 0) header_.pixels_at = at + header_.colors * header_.color_bytes;
  return {};
}

void BmpReader::ExpandRow(const std::uint8_t* in, std::uint8_t* out) const {
  for (std::size_t x = 0; x < header_.width; ++x, out += 3) {
    switch (layout_) {
      case Layout::kIndex: {
        const std::size_t bit = x * header_.bits;
        const unsigned shift = 8 - header_.bits - static_cast<unsigned>(bit % 8);
        PutIndex(in[bit / 8] >> shift & ((1u << header_.bits) - 1), out);
        break;
      }
      case Layout::kBgr:
        out[0] = in[3 * x + 2], out[1] = in[3 * x + 1], out[2] = in[3 * x];
        break;
      case Layout::kBgrx:
        out[0] = in[4 * x + 2], out[1] = in[4 * x + 1], out[2] = in[4 * x];
        break;
      case Layout::kXbgr:
        out[0] = in[4 * x + 3], out[1] = in[4 * x + 2], out[2] = in[4 * x + 1];
        break;
      case Layout::kRgbx:
        out[0] = in[4 * x], out[1] = in[4 * x + 1], out[2] = in[4 * x + 2];
        break;
      case Layout::kFive5:
      case Layout::kFive6: {
        const unsigned pixel = in[2 * x] | static_cast<unsigned>(in[2 * x + 1]) << 8;
        const bool six = layout_ == Layout::kFive6;
        const unsigned red = pixel >> (six ? 11 : 10) & 31;
        const unsigned green = six ? (pixel >> 5 & 63) * 255 / 63 : (pixel >> 5 & 31) * 255 / 31;
        out[0] = static_cast<std::uint8_t>(red * 255 / 31);
        out[1] = static_cast<std::uint8_t>(green);
        out[2] = static_cast<std::uint8_t>((pixel & 31) * 255 / 31);
        break;
      }
    }
  }
}

/// Run-length compressed indices, row by row. Absolute runs of four-bit indices count half their
/// length in whole bytes, and a jump takes its second two bytes, as in PIL.
Result<std::vector<std::uint8_t>> BmpReader::Indices() const {
  const bool four = header_.compression == kRle4;
  const auto width = static_cast<std::size_t>(header_.width);
  const std::size_t wanted = width * static_cast<std::size_t>(header_.height);
  std::vector<std::uint8_t> out;
  std::size_t at = header_.pixels_at;
  std::size_t x = 0;
  const auto index = [four](std::uint8_t byte, std::size_t i) {
    if (!four) return byte;
    return static_cast<std::uint8_t>(i % 2 == 0 ? byte >> 4 : byte & 15);
  };
  const auto zeros_to = [&out, wanted](std::size_t size) { out.resize(std::min(size, wanted), 0); };
  while (out.size() < wanted && Has(at, 2)) {
    const std::size_t count = file_.data()[at];
    const std::uint8_t byte = file_.data()[at + 1];
    at += 2;
    if (count > 0) {
      const std::size_t fits = x < width ? std::min(count, width - x) : 0;
      for (std::size_t i = 0; i < fits; ++i) out.push_back(index(byte, i));
      x += fits;
    } else if (byte == 0) {
      zeros_to((out.size() + width - 1) / width * width);
      x = 0;
    } else if (byte == 1) {
      break;
    } else if (byte == 2) {
      if (!Has(at, 4)) break;
      zeros_to(out.size() + file_.data()[at + 2] + file_.data()[at + 3] * width);
      x = out.size() % width;
      at += 4;
    } else {
      const std::size_t bytes = four ? byte / 2 : byte;
      if (!Has(at, bytes)) break;
      for (std::size_t i = 0; i < (four ? 2 * bytes : bytes); ++i)
        out.push_back(index(file_.data()[at + (four ? i / 2 : i)], i));
      x += byte;
      at += bytes;
      at += at % 2;
    }
  }
  if (out.size() < wanted) {
    return Bad(fmt::format("it ends after {} of {} pixels", out.size(), wanted));
  }
  return out;
}

Result<void> BmpReader::Expand(Image& image) const {
  const std::size_t row = image.width * 3;
  const auto target = [&](std::size_t y) {
    return image.pixels.data() + (header_.top_down ? y : image.height - 1 - y) * row;
  };
  if (header_.compression == kRle8 || header_.compression == kRle4) {
    PERMILLE_ASSIGN(const std::vector<std::uint8_t> indices, Indices());
    image.pixels.resize(row * image.height);
    for (std::size_t y = 0; y < image.height; ++y) {
      for (std::size_t x = 0; x < image.width; ++x)
        PutIndex(indices[y * image.width + x], target(y) + 3 * x);
    }
    return {};
  }
  const std::size_t stride = (image.width * header_.bits + 31) / 32 * 4;
  const std::size_t used = (image.width * header_.bits + 7) / 8;  // the last row may lack padding
  if (!Has(header_.pixels_at, stride * (image.height - 1) + used)) {
    return Bad("it ends within its pixels");
  }
  image.pixels.resize(row * image.height);
  for (std::size_t y = 0; y < image.height; ++y)
    ExpandRow(file_.data() + header_.pixels_at + y * stride, target(y));
  return {};
}

Result<StoredImage> BmpReader::Read() {
  PERMILLE_TRY(ReadHeader());
  PERMILLE_TRY(ChooseLayout());
  PERMILLE_TRY(ReadPalette());
  StoredImage stored;
  stored.image.width = static_cast<std::size_t>(header_.width);
  stored.image.height = static_cast<std::size_t>(header_.height);
  PERMILLE_TRY(Expand(stored.image));
  return stored;
}

}  // namespace

Result<StoredImage> DecodeBmp(const EncodedImage& file) {
  return BmpReader(file).Read();
}

}  // namespace permille
