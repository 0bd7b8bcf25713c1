// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace permille {

/// ` (did you mean 'x'?)` for the candidate nearest to `word`, or nothing when none is within a
/// third of its length. For the spec keys and provider names of this folder.
std::string DidYouMean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace permille
