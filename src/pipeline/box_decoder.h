// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/sample.h"

namespace permille {

/// An object found in one picture, before its label has a name.
struct FoundBox {
  std::size_t label = 0;
  float score = 0;
  PixelBox box;
};

/// What a detector says of one picture: per query `classes` logits, and a box as centre x, centre
/// y, width, height in parts of the picture.
struct DetectorOutput {
  std::span<const float> logits;
  std::span<const float> boxes;
  std::size_t classes = 0;
  double width = 0;  ///< of the picture, in pixels
  double height = 0;
};

/// How logits become boxes: post_process_object_detection of the model's image processor in
/// transformers 4.30.2, without its threshold.
enum class BoxRule {
  kBestClass,  ///< softmax, the last class being "nothing": one box a query (DETR, YOLOS)
  kBestPairs,  ///< sigmoid, the best of all pairs of query and class (Conditional, Deformable DETR)
  kSuppressed,  ///< sigmoid, pairs that overlap a better one of their class left out (DETA)
};

/// The rule of an image processor (`Detr`). kInvalid, naming `origin`, when it detects nothing.
Result<BoxRule> BoxRuleOf(std::string_view processor, std::string_view origin);

/// The best boxes of a picture, at most 100, best first. The numbers are finite.
std::vector<FoundBox> DecodeBoxes(BoxRule rule, const DetectorOutput& output);

}  // namespace permille
