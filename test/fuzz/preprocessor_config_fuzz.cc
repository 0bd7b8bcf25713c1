// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <vector>

#include "fuzz_input.h"
#include "prep/image_plan.h"
#include "prep/image_processor.h"

namespace {

/// Whether the plan asks for no more than a fuzzer has time for.
bool IsSmall(const permille::ImagePlan& plan, const permille::Image& image) {
  constexpr std::size_t kMost = 300;
  const auto extent = permille::ResizedExtent(plan, {image.width, image.height});
  if (!extent) return true;  // refused
  const auto crop = plan.crop.value_or(*extent);
  return extent->width <= kMost && extent->height <= kMost && crop.width <= kMost &&
         crop.height <= kMost;
}

}  // namespace

// preprocessor_config.json, applied to three small pictures.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document =
      permille::JsonDocument::Parse(permille::AsText(data, size), "preprocessor_config.json");
  if (!document) return 0;
  const auto named = permille::ParseNamedImageProcessor(document->root(), "detr");
  if (!named) {
    permille::Require(named.error().message.find('\n') == std::string::npos, "one line");
    return 0;
  }
  const auto plan = permille::ParseImagePlan(document->root(), named->name);
  permille::Require(plan.has_value(), "a processor has a plan");
  std::vector<permille::Image> images;
  for (const auto& [width, height] : {std::array<std::size_t, 2>{7, 5}, {3, 9}, {40, 1}}) {
    images.push_back({width, height, 3, std::vector<std::uint8_t>(width * height * 3, 100)});
    if (!IsSmall(*plan, images.back())) return 0;
  }
  permille::PixelBatch batch;
  for (const std::size_t count : {1, 3}) {
    if (!named->processor->Process(std::span(images).first(count), batch)) continue;
    permille::Require(batch.shape.size() == 4 && batch.shape[0] == static_cast<std::int64_t>(count),
                      "one picture after the other");
    const auto pixels = static_cast<std::size_t>(batch.shape[2] * batch.shape[3]) * count;
    permille::Require(batch.values.size() == 3 * pixels, "three planes a picture");
    permille::Require(batch.mask.size() == (batch.has_mask ? pixels : 0), "a mask of every pixel");
  }
  return 0;
}
