// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace permille {

/// Edits from one word to the other, case ignored; two neighbours swapped count as one (restricted
/// Damerau-Levenshtein).
std::size_t EditDistance(std::string_view a, std::string_view b);

/// The candidate nearest to `word`, within a third of its length, for "did you mean".
std::optional<std::string> Nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

/// ` (did you mean 'x'?)` for the nearest candidate, or nothing.
std::string DidYouMean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace permille
