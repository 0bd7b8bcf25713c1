// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/result.h"
#include "score/metric.h"

// Shares of samples answered rightly, with Wilson's score interval (Wilson 1927). A prediction that
// was not finite counts as wrong.

namespace permille {

/// The share of samples whose best label is the reference. The model's label goes through
/// `label_map`; then case does not matter, nor whether '_' or a space is written, and of a label
/// like ImageNet's "goldfish, Carassius auratus" each name counts. kInvalid when no label the model
/// can give is a reference label.
Result<Quality> Accuracy(std::span<const Judged> judged, const LabelMapping& label_map);

/// The share of samples of which one of the five best labels is the reference; kInvalid also when
/// the model gives fewer than five labels of more.
Result<Quality> TopFiveAccuracy(std::span<const Judged> judged, const LabelMapping& label_map);

/// The share of samples whose best token is the reference, spaces and case aside (fill-mask). Words
/// are not a closed set: none in common is an accuracy of 0, not an error.
Result<Quality> WordAccuracy(std::span<const Judged> judged, const LabelMapping& label_map);

}  // namespace permille
