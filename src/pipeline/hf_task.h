// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace permille {

/// The task that a folder in Hugging Face layout is for: by the first of config.json's
/// `architectures` (BertForSequenceClassification: text-classification), text-to-image for a
/// diffusers folder. Absent when that does not say it.
Result<std::optional<std::string>> TaskOfHfFolder(const std::string& folder);

/// The task of an architecture's name, or absent.
std::optional<std::string_view> TaskOfArchitecture(std::string_view architecture);

}  // namespace permille
