// SPDX-License-Identifier: Apache-2.0
#include "prep/image_processor.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "prep/image_plan.h"
#include "prep/resize.h"

namespace permille {
namespace {

constexpr std::size_t kChannels = 3;

/// Where along one axis the centre of `crop` pixels lies in an image of `size`: `skipped` pixels
/// are cut off at the beginning, or `padded` zeros put before it.
struct Centre {
  std::size_t skipped = 0;
  std::size_t padded = 0;
  std::size_t kept = 0;
};

Centre CentreOf(std::size_t size, std::size_t crop) {
  if (crop <= size) return {(size - crop) / 2, 0, crop};
  return {0, (crop - size + 1) / 2, size};
}

/// The pixels of one image, ready to be turned into numbers.
struct Prepared {
  Image image;
  ImageExtent extent;  ///< with the zeros around it
  std::size_t left = 0;
  std::size_t top = 0;
};

class PlannedImageProcessor : public ImageProcessor {
 public:
  explicit PlannedImageProcessor(ImagePlan plan) : plan_(std::move(plan)) {
    for (std::size_t c = 0; c < kChannels; ++c) {
      for (std::size_t level = 0; level < 256; ++level) levels_[c][level] = Value(c, level);
    }
  }

  Result<void> Process(std::span<const Image> images, PixelBatch& out) override;

 private:
  /// In double, then single precision, as numpy computes it.
  float Value(std::size_t channel, std::size_t level) const {
    auto value = static_cast<float>(static_cast<double>(level) * plan_.rescale.value_or(1));
    if (plan_.normalization) {
      value =
          (value - plan_.normalization->mean[channel]) / plan_.normalization->deviation[channel];
    }
    return value;
  }
  Result<Prepared> Prepare(const Image& image) const;
  Result<ImageExtent> CommonExtent() const;
  void Write(const Prepared& prepared, ImageExtent extent, float* out) const;
  void WriteMask(const Prepared& prepared, ImageExtent extent, std::int64_t* out) const;

  ImagePlan plan_;
  std::array<std::array<float, 256>, kChannels> levels_;
  std::vector<Prepared> prepared_;
};

Result<Prepared> PlannedImageProcessor::Prepare(const Image& image) const {
  if (image.channels != kChannels || image.width == 0 || image.height == 0) {
    return Fail(ErrorCode::kInvalid, "an image of {} x {} pixels in {} channels is not RGB",
                image.width, image.height, image.channels);
  }
  PERMILLE_ASSIGN(const ImageExtent size, ResizedExtent(plan_, {image.width, image.height}));
  Prepared prepared;
  prepared.extent = plan_.crop.value_or(size);
  const Centre x = CentreOf(size.width, prepared.extent.width);
  const Centre y = CentreOf(size.height, prepared.extent.height);
  prepared.left = x.padded;
  prepared.top = y.padded;
  prepared.image = ResizeWindow(image, size.width, size.height, plan_.filter,
                                {x.skipped, y.skipped, x.kept, y.kept});
  return prepared;
}

/// The width and height of the batch: those of all images, or the largest where it is padded.
Result<ImageExtent> PlannedImageProcessor::CommonExtent() const {
  ImageExtent extent = prepared_.front().extent;
  for (const Prepared& prepared : prepared_) {
    const ImageExtent& other = prepared.extent;
    if (plan_.pad) {
      extent.width = std::max(extent.width, other.width);
      extent.height = std::max(extent.height, other.height);
    } else if (other != extent) {
      return Fail(ErrorCode::kInvalid,
                  "images of {} x {} and {} x {} pixels do not make a batch, and the model's image "
                  "processor does not pad; use --batch 1",
                  extent.width, extent.height, other.width, other.height);
    }
  }
  return extent;
}

void PlannedImageProcessor::Write(const Prepared& prepared, ImageExtent extent, float* out) const {
  const Image& image = prepared.image;
  const std::size_t plane = extent.width * extent.height;
  // A cropped image is padded with black pixels, a batch with zeros.
  const bool black = prepared.extent.width > image.width || prepared.extent.height > image.height;
  for (std::size_t c = 0; c < kChannels; ++c) {
    const std::array<float, 256>& levels = levels_[c];
    float* target = out + c * plane;
    if (black) {
      for (std::size_t y = 0; y < prepared.extent.height; ++y)
        std::fill_n(target + y * extent.width, prepared.extent.width, levels[0]);
    }
    for (std::size_t y = 0; y < image.height; ++y) {
      const std::uint8_t* pixel = image.pixels.data() + y * image.width * kChannels + c;
      float* row = target + (prepared.top + y) * extent.width + prepared.left;
      for (std::size_t x = 0; x < image.width; ++x) row[x] = levels[pixel[x * kChannels]];
    }
  }
}

void PlannedImageProcessor::WriteMask(const Prepared& prepared, ImageExtent extent,
                                      std::int64_t* out) const {
  for (std::size_t y = 0; y < prepared.extent.height; ++y)
    std::fill_n(out + y * extent.width, prepared.extent.width, 1);
}

Result<void> PlannedImageProcessor::Process(std::span<const Image> images, PixelBatch& out) {
  if (images.empty()) return Fail(ErrorCode::kInternal, "a batch of no images");
  prepared_.clear();
  for (const Image& image : images) {
    PERMILLE_ASSIGN(Prepared prepared, Prepare(image));
    prepared_.push_back(std::move(prepared));
  }
  PERMILLE_ASSIGN(const ImageExtent extent, CommonExtent());
  const std::size_t plane = extent.width * extent.height;
  out.shape = {static_cast<std::int64_t>(images.size()), kChannels,
               static_cast<std::int64_t>(extent.height), static_cast<std::int64_t>(extent.width)};
  out.has_mask = plan_.mask;
  if (plan_.pad) {
    out.values.assign(images.size() * kChannels * plane, 0);
  } else {
    out.values.resize(images.size() * kChannels * plane);
  }
  out.mask.assign(plan_.mask ? images.size() * plane : 0, 0);
  for (std::size_t i = 0; i < images.size(); ++i) {
    Write(prepared_[i], extent, out.values.data() + i * kChannels * plane);
    if (plan_.mask) WriteMask(prepared_[i], extent, out.mask.data() + i * plane);
  }
  return {};
}

}  // namespace

Result<NamedImageProcessor> ParseNamedImageProcessor(const JsonField& config,
                                                     std::string_view model_type) {
  PERMILLE_ASSIGN(const std::string_view name, NameImageProcessor(config, model_type));
  PERMILLE_ASSIGN(ImagePlan plan, ParseImagePlan(config, name));
  return NamedImageProcessor{std::make_unique<PlannedImageProcessor>(std::move(plan)),
                             std::string(name)};
}

Result<std::unique_ptr<ImageProcessor>> ParseImageProcessor(const JsonField& config) {
  PERMILLE_ASSIGN(NamedImageProcessor named, ParseNamedImageProcessor(config, {}));
  return std::move(named.processor);
}

Result<NamedImageProcessor> LoadNamedImageProcessor(const std::string& folder) {
  PERMILLE_ASSIGN(const JsonDocument config,
                  JsonDocument::Read(folder + "/preprocessor_config.json"));
  const std::string model_path = folder + "/config.json";
  std::error_code error;
  if (!std::filesystem::exists(model_path, error)) {
    return ParseNamedImageProcessor(config.root(), {});
  }
  PERMILLE_ASSIGN(const JsonDocument model, JsonDocument::Read(model_path));
  PERMILLE_ASSIGN(const std::string type, model.root()["model_type"].StringOr(""));
  return ParseNamedImageProcessor(config.root(), type);
}

Result<std::unique_ptr<ImageProcessor>> LoadImageProcessor(const std::string& folder) {
  PERMILLE_ASSIGN(NamedImageProcessor named, LoadNamedImageProcessor(folder));
  return std::move(named.processor);
}

}  // namespace permille
