// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is assumed of a processor that catalog/cpu_power.csv does not list, and how far off that may
// be: root mean squares of ln(assumed / listed TDP), recomputed by cpu_watts_test.

namespace permille {

/// CodeCarbon 3's DEFAULT_POWER_PER_CORE: watts per logical core at full load.
inline constexpr double kWattsPerLogicalCore = 4.0;
/// Over fourteen parts from laptop to server whose logical cores their makers state.
inline constexpr double kWattsPerLogicalCoreError = 0.577;

/// CodeCarbon's POWER_CONSTANT: the TDP of a processor it cannot name.
inline constexpr double kDefaultTdpWatts = 85.0;
/// Over every part of catalog/cpu_power.csv.
inline constexpr double kDefaultTdpError = 1.084;

/// A load that was not observed lies anywhere in 0..1: one sigma of native's watts about those at
/// half load.
inline constexpr double kUnknownLoadError = 0.375;

}  // namespace permille
