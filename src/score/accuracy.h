// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/result.h"
#include "score/metric.h"

namespace permille {

/// The share of samples whose best label is the reference, with Wilson's score interval (Wilson
/// 1927). The model's label goes through `label_map`; then case does not matter. A prediction that
/// was not finite counts as wrong. kInvalid when no label the model can give is a reference label.
Result<Quality> Accuracy(std::span<const Judged> judged, const LabelMapping& label_map);

}  // namespace permille
