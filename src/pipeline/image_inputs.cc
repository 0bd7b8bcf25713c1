// SPDX-License-Identifier: Apache-2.0
#include "pipeline/image_inputs.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "pipeline/tensor_floats.h"

namespace permille {
namespace {

constexpr std::string_view kPixels = "pixel_values";
constexpr std::string_view kMask = "pixel_mask";

template <class T>
void Narrow(std::span<const std::int64_t> mask, std::vector<std::byte>& out) {
  out.resize(mask.size() * sizeof(T));
  for (std::size_t i = 0; i < mask.size(); ++i) {
    const T value = static_cast<T>(mask[i]);
    std::memcpy(out.data() + i * sizeof(T), &value, sizeof(T));
  }
}

}  // namespace

Result<void> ImageInputs::Bind(const std::vector<TensorInfo>& inputs, bool others) {
  bool found = false;
  for (const TensorInfo& input : inputs) {
    if (input.name == kMask) {
      mask_ = input;
    } else if (input.name == kPixels || (!others && inputs.size() == 1)) {
      pixels_ = input;
      found = true;
    } else if (!others) {
      return Fail(ErrorCode::kInvalid,
                  "{}: input {} of the graph is none that a picture fills (pixel_values, "
                  "pixel_mask); describe it in a model YAML (docs/formats/model.md)",
                  origin_, input.name);
    }
  }
  if (!found) {
    return Fail(ErrorCode::kInvalid, "{}: the graph has no input pixel_values", origin_);
  }
  if (pixels_.type != DType::kFloat32 || pixels_.shape.size() != 4) {
    return Fail(ErrorCode::kInvalid,
                "{}: input {} of the graph is {} {}, pictures are float32 [images, 3, height, "
                "width]",
                origin_, pixels_.name, Name(pixels_.type), ShapeText(pixels_.shape));
  }
  return {};
}

Result<void> ImageInputs::Fill(std::span<const Sample> batch) {
  images_.clear();
  sizes_.clear();
  for (const Sample& sample : batch) {
    if (sample.image_path.empty()) {
      return Fail(ErrorCode::kInvalid, "{}: sample {} has no picture", origin_, sample.id);
    }
    PERMILLE_ASSIGN(Image image, ReadImage(sample.image_path));
    sizes_.push_back({image.width, image.height});
    images_.push_back(std::move(image));
  }
  const auto processed = processor_->Process(images_, batch_);
  if (!processed) {
    return Fail(processed.error().code, "{}: {}", batch.front().image_path,
                processed.error().message);
  }
  views_.clear();
  views_.push_back({pixels_.name, DType::kFloat32, batch_.shape,
                    std::as_bytes(std::span<const float>(batch_.values))});
  return FillMask();
}

Result<void> ImageInputs::FillMask() {
  if (!mask_) {
    // A graph without a mask takes every pixel for picture: only right where nothing was padded.
    const bool padded = std::find(batch_.mask.begin(), batch_.mask.end(), 0) != batch_.mask.end();
    if (!batch_.has_mask || !padded) return {};
    return Fail(ErrorCode::kInvalid,
                "{}: the pictures of this batch are of different size, and the graph takes no "
                "pixel_mask to say which pixels are padding; use --batch 1",
                origin_);
  }
  mask_shape_ = {batch_.shape[0], batch_.shape[2], batch_.shape[3]};
  const auto pixels = static_cast<std::size_t>(mask_shape_[0] * mask_shape_[1] * mask_shape_[2]);
  if (!batch_.has_mask) batch_.mask.assign(pixels, 1);
  std::span<const std::byte> bytes = std::as_bytes(std::span<const std::int64_t>(batch_.mask));
  switch (mask_->type) {
    case DType::kInt64:
      break;
    case DType::kInt32:
      Narrow<std::int32_t>(batch_.mask, narrow_mask_);
      bytes = narrow_mask_;
      break;
    case DType::kFloat32:
      Narrow<float>(batch_.mask, narrow_mask_);
      bytes = narrow_mask_;
      break;
    case DType::kBool:
      Narrow<std::uint8_t>(batch_.mask, narrow_mask_);
      bytes = narrow_mask_;
      break;
    default:
      return Fail(ErrorCode::kInvalid, "{}: input pixel_mask of the graph is {}, not int64",
                  origin_, Name(mask_->type));
  }
  views_.push_back({mask_->name, mask_->type, mask_shape_, bytes});
  return {};
}

}  // namespace permille
