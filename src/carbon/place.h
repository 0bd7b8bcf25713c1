// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "record/grid.h"

namespace permille {

/// Whether two place keys are the same, case ignored.
bool SamePlace(std::string_view a, std::string_view b);

/// The places somebody who typed `word` may have meant, as "'aws:us-west-2' (name), ...", at most
/// three, the likeliest first: one of that name, a region of that name at some provider, a key
/// spelt nearly so. Empty when nothing is near.
std::string PlacesMeant(std::span<const GridIntensity> table, std::string_view word);

}  // namespace permille
