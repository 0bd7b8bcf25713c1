// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "record/grid.h"

// Joules to grams, pure: where the electricity comes from and what the building adds.

namespace permille {

/// The intensity of a place: a key of the table ("USA-OR", "FRA", "aws:us-west-2", case ignored),
/// or a bare number in g/kWh ("297.6"). Empty: the world average, whose source says so. Unknown:
/// kNotFound with the nearest keys. A place whose intensity is blank is kUnavailable. A number
/// below 0 or above 3000 is kInvalid.
Result<GridIntensity> FindGrid(std::span<const GridIntensity> table, std::string_view place);

/// Check a power usage effectiveness: at least 1, at most 5.
Result<double> ParsePue(std::string_view text);

/// Grams of CO2e of `it_energy` drawn by the IT equipment: energy x PUE x intensity.
GramsCo2e Emissions(Joules it_energy, GramsPerKwh intensity, double pue);

}  // namespace permille
