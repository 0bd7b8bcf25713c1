// SPDX-License-Identifier: Apache-2.0
#include "carbon/embodied.h"

#include <cmath>

namespace permille {

Result<void> EmbodiedHardware::Validate() const {
  if (!std::isfinite(embodied.value()) || embodied.value() < 0) {
    return Fail(ErrorCode::kInvalid, "embodied: {} g CO2e is not an amount: give 0 or more",
                embodied.value());
  }
  if (!std::isfinite(lifetime.value()) || lifetime.value() <= 0) {
    return Fail(ErrorCode::kInvalid, "embodied: a lifetime of {} s is none: give more than 0",
                lifetime.value());
  }
  if (!(utilisation > 0 && utilisation <= 1)) {
    return Fail(ErrorCode::kInvalid,
                "embodied: utilisation {} is not a fraction: give more than 0 and at most 1",
                utilisation);
  }
  return {};
}

Result<GramsCo2e> EmbodiedShare(const EmbodiedHardware& hardware, Seconds busy) {
  PERMILLE_TRY(hardware.Validate());
  if (!std::isfinite(busy.value()) || busy.value() < 0) {
    return Fail(ErrorCode::kInvalid, "embodied: {} s is not a duration: give 0 or more",
                busy.value());
  }
  return hardware.embodied * (busy / (hardware.lifetime * hardware.utilisation));
}

}  // namespace permille
