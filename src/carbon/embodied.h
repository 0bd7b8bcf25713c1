// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "base/units.h"

// The emissions of making hardware, spread over the work that it does in its life. Pure.

namespace permille {

/// A year of 365 days, as the sources of catalog/embodied.csv count lifetimes.
inline constexpr Seconds kYear{365.0 * 24 * 3600};

/// What was emitted before a device was first switched on, and over what it is spread.
struct EmbodiedHardware {
  GramsCo2e embodied;      ///< of all devices that the work occupied
  Seconds lifetime;        ///< in service
  double utilisation = 1;  ///< fraction of its life that the device works at all

  /// A positive finite lifetime, a utilisation above 0 and at most 1, no negative emissions.
  Result<void> Validate() const;
};

/// Grams that belong to `busy` time of the device: embodied x busy / (lifetime x utilisation). Time
/// that the device spends idle is carried by the time it works. kInvalid as Validate says, and for
/// a negative `busy`.
Result<GramsCo2e> EmbodiedShare(const EmbodiedHardware& hardware, Seconds busy);

}  // namespace permille
