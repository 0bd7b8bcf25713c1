// SPDX-License-Identifier: Apache-2.0
#include "engine/weight_bytes.h"

namespace permille {

Result<WeightBytes::View> WeightBytes::Of(const OnnxInitializer& tensor) {
  View view;
  view.type = tensor.type.value_or(DType::kFloat32);
  OnnxPlacement place{tensor.location, tensor.offset, tensor.length.value_or(0), std::nullopt};
  bool outside = tensor.external;
  if (const auto stored = rewrite_.stored.find(tensor.name); stored != rewrite_.stored.end()) {
    view.bytes = std::as_bytes(std::span(stored->second));
    outside = false;
  } else if (const auto placed = rewrite_.placed.find(tensor.name);
             placed != rewrite_.placed.end()) {
    place = placed->second;
    view.type = place.stored_as.value_or(view.type);
    outside = true;
  } else if (!outside) {
    view.bytes = tensor.raw;
  }
  const std::size_t size = static_cast<std::size_t>(tensor.elements) * SizeOf(view.type);
  if (outside) {
    MappedFile& file = files_[place.location];
    if (file.bytes().empty()) {
      PERMILLE_ASSIGN(file, MappedFile::Open(folder_ + "/" + place.location));
    }
    const std::size_t length = place.length == 0 ? size : place.length;
    if (place.offset > file.bytes().size() || length > file.bytes().size() - place.offset) {
      return Fail(ErrorCode::kInvalid, "{}: cut short: tensor '{}' lies behind its end",
                  place.location, tensor.name);
    }
    view.bytes = file.bytes().subspan(place.offset, length);
  }
  if (view.bytes.size() == size) return view;
  return Fail(ErrorCode::kInvalid, "tensor '{}': {} bytes for a shape of {}", tensor.name,
              view.bytes.size(), size);
}

}  // namespace permille
