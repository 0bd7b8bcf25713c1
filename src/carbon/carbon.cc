// SPDX-License-Identifier: Apache-2.0
#include "carbon/carbon.h"

#include <cmath>

#include "base/csv.h"
#include "carbon/place.h"

namespace permille {
namespace {

constexpr std::string_view kWorld = "world";
// The dirtiest grid of the table is below 1,000 g/kWh; lignite alone is near 1,200. Above this it
// is a slip.
constexpr double kHighestGramsPerKwh = 3000;
constexpr double kHighestPue = 5;

Result<GridIntensity> Custom(double grams, std::string_view text) {
  if (grams < 0 || grams > kHighestGramsPerKwh) {
    return Fail(ErrorCode::kInvalid, "grid: {} g/kWh is not an intensity: give 0 to {:g}", text,
                kHighestGramsPerKwh);
  }
  return GridIntensity{"custom", fmt::format("{} g/kWh", text),
                       "custom", GramsPerKwh(grams),
                       {},       "given by the user"};
}

}  // namespace

Result<GridIntensity> FindGrid(std::span<const GridIntensity> table, std::string_view place) {
  if (const auto grams = ParseNumber(place)) return Custom(*grams, place);
  const std::string_view wanted = place.empty() ? kWorld : place;
  for (const GridIntensity& grid : table) {
    if (!SamePlace(grid.place, wanted)) continue;
    if (!std::isfinite(grid.intensity.value())) {
      return Fail(ErrorCode::kUnavailable,
                  "grid: the intensity of '{}' ({}) is not known: give a number in g/kWh",
                  grid.place, grid.name);
    }
    GridIntensity found = grid;
    if (place.empty()) found.source = "world average, because no place was given; " + grid.source;
    return found;
  }
  if (const std::string meant = PlacesMeant(table, wanted); !meant.empty()) {
    return Fail(ErrorCode::kNotFound, "grid: unknown place '{}': did you mean {}?", wanted, meant);
  }
  return Fail(ErrorCode::kNotFound,
              "grid: unknown place '{}': see permille list grids, or give a number in g/kWh",
              wanted);
}

Result<double> ParsePue(std::string_view text) {
  const auto pue = ParseNumber(text);
  if (!pue || *pue < 1 || *pue > kHighestPue) {
    return Fail(ErrorCode::kInvalid, "pue: '{}' is not a power usage effectiveness: give 1 to {:g}",
                text, kHighestPue);
  }
  return *pue;
}

GramsCo2e Emissions(Joules it_energy, GramsPerKwh intensity, double pue) {
  return it_energy * pue * intensity;
}

}  // namespace permille
