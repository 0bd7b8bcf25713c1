// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"

namespace permille {

/// Hide a word of every text where `options.mask` asks for it; nothing otherwise. kInvalid for a
/// task other than fill-mask, for an unknown rule and for a text that already has a mask.
Result<void> MaskAll(const DatasetOptions& options, std::string_view task, std::string_view path,
                     std::vector<Sample>& samples);

}  // namespace permille
