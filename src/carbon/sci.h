// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "base/units.h"

namespace permille {

/// The terms of a Software Carbon Intensity score (ISO/IEC 21031:2024): SCI = ((E x I) + M) / R.
struct SciTerms {
  Joules energy;          ///< E: all that the software drew; with PUE where the building counts
  GramsPerKwh intensity;  ///< I: location-based
  GramsCo2e embodied;     ///< M: share of the hardware's making (EmbodiedShare)
  double units = 1;       ///< R: functional units in that time, e.g. queries
};

/// Grams of CO2e per `per` functional units: 1,000 queries unless told otherwise. kInvalid where R
/// is not positive or a term is negative or no number. Offsets have no place in the score.
Result<GramsCo2e> Sci(const SciTerms& terms, double per = 1000);

}  // namespace permille
