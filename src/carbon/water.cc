// SPDX-License-Identifier: Apache-2.0
#include "carbon/water.h"

#include "base/csv.h"

namespace permille {
namespace {

// Evaporative cooling in the worst climates stays below 10 L/kWh. Above this it is a slip.
constexpr double kHighestWue = 20;

Litres Water(Joules energy, LitresPerKwh intensity) {
  return Litres(ToKwh(energy) * intensity.value());
}

}  // namespace

Result<LitresPerKwh> ParseWue(std::string_view text) {
  const auto wue = ParseNumber(text);
  if (!wue || *wue < 0 || *wue > kHighestWue) {
    return Fail(ErrorCode::kInvalid,
                "wue: '{}' is not a water usage effectiveness: give 0 to {:g} L/kWh", text,
                kHighestWue);
  }
  return LitresPerKwh(*wue);
}

Litres SiteWater(Joules it_energy, LitresPerKwh wue) {
  return Water(it_energy, wue);
}

Litres SourceWater(Joules it_energy, double pue, LitresPerKwh grid) {
  return Water(it_energy * pue, grid);
}

Litres CodeCarbonWater(Joules it_energy, double pue, LitresPerKwh wue) {
  return Water(it_energy * pue, wue);
}

}  // namespace permille
