// SPDX-License-Identifier: Apache-2.0
#include "carbon/equivalents.h"

#include <array>

namespace permille {
namespace {

// The study's first version (arXiv:2311.16863) counts a charge as 0.012 kWh, its printed one (FAccT
// 2024) as 0.022 kWh: the EPA revised the figure between the two.
constexpr std::array<Equivalent, 3> kEquivalents = {
    {{"phone charges at 0.012 kWh", "charge", FromKwh(0.012), std::nullopt,
      "US EPA, Greenhouse Gases Equivalencies Calculator, Calculations and References, number of "
      "smartphones charged, as of 2023: https://www.epa.gov/energy/"
      "greenhouse-gases-equivalencies-calculator-calculations-and-references"},
     {"phone charges at 0.022 kWh", "charge", FromKwh(0.022), std::nullopt,
      "US EPA, Greenhouse Gas Equivalencies Calculator, Calculations and References, number of "
      "smartphones charged, as of 2024: https://www.epa.gov/energy/"
      "greenhouse-gas-equivalencies-calculator-calculations-and-references"},
     {"car miles", "mile", std::nullopt, GramsCo2e(390),
      "US EPA, Greenhouse Gases Equivalencies Calculator, Calculations and References, miles "
      "driven "
      "by the average gasoline-powered passenger vehicle, 3.90e-4 t CO2e/mile, as of 2023: "
      "https://www.epa.gov/energy/"
      "greenhouse-gases-equivalencies-calculator-calculations-and-references#miles"}}};

}  // namespace

std::span<const Equivalent> Equivalents() {
  return kEquivalents;
}

double CountOf(const Equivalent& equivalent, Joules energy, GramsCo2e carbon) {
  if (equivalent.energy) return energy / *equivalent.energy;
  return carbon / *equivalent.carbon;
}

}  // namespace permille
