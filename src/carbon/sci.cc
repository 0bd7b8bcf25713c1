// SPDX-License-Identifier: Apache-2.0
#include "carbon/sci.h"

#include <cmath>

namespace permille {

Result<GramsCo2e> Sci(const SciTerms& terms, double per) {
  if (!std::isfinite(terms.units) || terms.units <= 0) {
    return Fail(ErrorCode::kInvalid, "sci: {} functional units: give more than 0", terms.units);
  }
  for (const double term :
       {terms.energy.value(), terms.intensity.value(), terms.embodied.value(), per}) {
    if (!std::isfinite(term) || term < 0)
      return Fail(ErrorCode::kInvalid, "sci: {} is no amount: give 0 or more", term);
  }
  return (terms.energy * terms.intensity + terms.embodied) * (per / terms.units);
}

}  // namespace permille
