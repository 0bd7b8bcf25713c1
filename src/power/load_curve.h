// SPDX-License-Identifier: Apache-2.0
#pragma once

// From load (0 idle, 1 every logical core busy) to the fraction of TDP that the processor draws.
// docs/method.md, "CPU watts from load", says how these were chosen; bench/cpu_load_model prints
// the comparison and every number below, and load_study_test checks that they are the refit.

namespace permille {

/// Accounting `native`: the form with the lowest leave-one-machine-out error, fitted on all
/// machines.
inline constexpr double kNativeIdleOfTdp = 0.153606;
inline constexpr double kNativeSlopeOfTdp = 0.570812;
constexpr double NativeOfTdp(double load) {
  return kNativeIdleOfTdp + kNativeSlopeOfTdp * load;
}

/// CodeCarbon 3's curve (3.3.0, external/hardware.py, whole machine).
constexpr double CodeCarbon3OfTdp(double load) {
  return 0.1 + 0.9 * load * load * load;
}

/// CodeCarbon 2's share of TDP, whatever the load (CONSUMPTION_PERCENTAGE_CONSTANT).
inline constexpr double kCodeCarbon2OfTdp = 0.5;

/// Leave-one-machine-out errors of the three: root mean square of ln(watts by rule / watts read) on
/// machines the rule was not fitted to, taken as its relative standard uncertainty.
inline constexpr double kNativeCurveError = 0.644;
inline constexpr double kCodeCarbon3CurveError = 0.780;
inline constexpr double kCodeCarbon2CurveError = 0.651;

}  // namespace permille
