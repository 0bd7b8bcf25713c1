// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/units.h"

namespace permille {

/// Something everyday that costs a known amount: either of electricity or of carbon.
struct Equivalent {
  std::string_view name;            ///< "phone charges at 0.012 kWh"
  std::string_view unit;            ///< "charge"
  std::optional<Joules> energy;     ///< of one
  std::optional<GramsCo2e> carbon;  ///< of one
  std::string_view source;
};

/// All there are, in the order in which they are shown.
std::span<const Equivalent> Equivalents();

/// How many of it the amount equals: compared by energy where one of it has an energy, else by
/// carbon.
double CountOf(const Equivalent& equivalent, Joules energy, GramsCo2e carbon);

}  // namespace permille
