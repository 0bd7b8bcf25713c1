// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/units.h"

namespace permille {

/// Carbon intensity of one place's electricity, as catalog/grid.csv states it.
struct GridIntensity {
  std::string
      place;  ///< key: "FRA", "USA-OR", "SE3", "aws:us-west-2", "world"; "custom" for a bare number
  std::string name;  ///< "Oregon, United States"
  std::string kind;  ///< world, country, state, province, zone, cloud-region, custom
  GramsPerKwh intensity;
  std::optional<int> year;
  std::string source;
};

}  // namespace permille
