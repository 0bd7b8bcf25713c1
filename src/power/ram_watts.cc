// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "power/power.h"

namespace permille {
namespace {

constexpr double kBytesPerGib = 1024.0 * 1024.0 * 1024.0;

// CodeCarbon 2.3.1: 3 W for every 8 GB, whatever the module (external/hardware.py).
constexpr double kCodeCarbon2WattsPerGib = 3.0 / 8.0;

// Native: docs/method.md, "RAM watts from size", gives the measurements these stand between.
constexpr double kWattsPerModule = 2.5;
constexpr double kSolderedWatts = 1.5;  // all of a small ARM board's memory
constexpr double kSolderedUpToGib = 16;
constexpr double kRamUncertainty = 0.7;  // of watts per module (0.6) and of the module count (0.35)

// Usual population of a machine with this much memory. Never fewer modules for more memory: 2 up to
// 16 GiB, 4 up to 64, 8 up to 1,024, then one per 128 GiB.
double NativeModules(double gib) {
  if (gib <= 16) return 2;
  if (gib <= 64) return 4;
  if (gib <= 1024) return 8;
  return std::ceil(gib / 128);
}

ModelledJoules Native(double gib, bool arm, Seconds duration) {
  if (arm && gib <= kSolderedUpToGib) {
    return {Watts(kSolderedWatts) * duration, Provenance::kAssumed, kRamUncertainty,
            fmt::format("{:.1f} GiB: {:g} W of soldered memory assumed", gib, kSolderedWatts)};
  }
  const double modules = NativeModules(gib);
  return {Watts(kWattsPerModule * modules) * duration, Provenance::kAssumed, kRamUncertainty,
          fmt::format("{:.1f} GiB: {:g} modules x {:g} W assumed", gib, modules, kWattsPerModule)};
}

// CodeCarbon 3.3.0's guess of the number of DIMMs (external/ram.py). It is not monotone: 192 GB
// count as twelve modules of 16 GB, 256 GB as eight of 32.
int CodeCarbon3Dimms(double gib) {
  if (gib <= 2) return 1;
  if (gib <= 16) return 2;
  if (gib <= 64) return 4;
  if (gib <= 128) return 8;
  for (const double size : {128.0, 64.0, 32.0, 16.0}) {
    if (size <= gib / 8) return std::min(static_cast<int>(std::ceil(gib / size)), 32);
  }
  return 8;
}

// How far a foreign rule is from the native one counts as part of its error.
double DistanceFromNative(Watts watts, double gib, bool arm) {
  const Watts native = Native(gib, arm, Seconds(1)).energy / Seconds(1);
  return std::hypot(kRamUncertainty, std::log(watts / native));
}

ModelledJoules CodeCarbon3(double gib, bool arm, Seconds duration) {
  const double per_dimm = arm ? 1.5 : 5.0;
  const double floor = arm ? 3.0 : 10.0;
  const int dimms = CodeCarbon3Dimms(gib);
  // Full power for the first four, then 90 % for four, 80 % for eight and 70 % for the rest.
  const double steps = std::min(dimms, 4) + 0.9 * std::clamp(dimms - 4, 0, 4) +
                       0.8 * std::clamp(dimms - 8, 0, 8) + 0.7 * std::max(dimms - 16, 0);
  const Watts watts(std::max(floor, per_dimm * steps));
  return {watts * duration, Provenance::kAssumed, DistanceFromNative(watts, gib, arm),
          fmt::format("{:.1f} GiB: {} DIMMs of {:g} W, at least {:g} W (CodeCarbon 3)", gib, dimms,
                      per_dimm, floor)};
}

}  // namespace

ModelledJoules RamJoules(Accounting accounting, Bytes total, bool arm, Seconds duration) {
  const double gib = total.value() / kBytesPerGib;
  switch (accounting) {
    case Accounting::kNative:
      return Native(gib, arm, duration);
    case Accounting::kCodeCarbon3:
      return CodeCarbon3(gib, arm, duration);
    case Accounting::kCodeCarbon231:
      break;
  }
  const Watts watts(kCodeCarbon2WattsPerGib * gib);
  return {watts * duration, Provenance::kAssumed, DistanceFromNative(watts, gib, arm),
          fmt::format("{:.3f} GiB x 3/8 W (CodeCarbon 2.3.1)", gib)};
}

}  // namespace permille
