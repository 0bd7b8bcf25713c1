// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// Places in a text, counted in characters (Unicode code points) as TextSpan counts them.

namespace permille {

/// The text from character `begin` to `end`, excluded; absent when they do not lie in it.
std::optional<std::string_view> CharactersBetween(std::string_view text, std::int64_t begin,
                                                  std::int64_t end);

}  // namespace permille
