// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "record/sample.h"

// The column `details` of predictions and samples: what few tasks have, as one JSON object
// (docs/formats/store.md). Absent (NULL) where there is none of it.

namespace permille {

std::optional<std::string> DetailsOf(const Prediction& prediction);
std::optional<std::string> DetailsOf(const Reference& reference);
/// Fill what the text holds. Keys that are not known are passed over. kInvalid names `origin` and
/// the key.
Result<void> ParseDetails(const std::string& text, std::string_view origin, Prediction& prediction);
Result<void> ParseDetails(const std::string& text, std::string_view origin, Reference& reference);

}  // namespace permille
