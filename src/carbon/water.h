// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/units.h"

// Joules to litres of water, pure: what evaporates at the data centre, and at the power station.

namespace permille {

using Litres = Unit<struct LitresTag>;
/// Water usage effectiveness, L per kWh of IT energy (The Green Grid, WUE: a Green Grid Data Center
/// Sustainability Metric, 2011); also the water intensity of electricity.
using LitresPerKwh = Unit<struct LitresPerKwhTag>;

/// Check a water usage effectiveness: 0 to 20 L/kWh.
Result<LitresPerKwh> ParseWue(std::string_view text);

/// Water used on site: IT energy x WUE. PUE has no part in it, by the metric's definition.
Litres SiteWater(Joules it_energy, LitresPerKwh wue);

/// Water used to make the electricity: IT energy x PUE x water intensity of the grid.
Litres SourceWater(Joules it_energy, double pue, LitresPerKwh grid);

/// Water as CodeCarbon 3 counts it: WUE times the energy with PUE already in it.
Litres CodeCarbonWater(Joules it_energy, double pue, LitresPerKwh wue);

}  // namespace permille
