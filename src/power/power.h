// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "record/channel.h"
#include "record/window.h"

// From observations to joules where no hardware counts them. Pure: the meters store load and bytes,
// these rules turn them into watts right of the wall, so a better rule needs a new report, never a
// new run.

namespace permille {

/// The rules by which totals are made.
enum class Accounting { kNative, kCodeCarbon231, kCodeCarbon3 };
std::string_view Name(Accounting);
Result<Accounting> ParseAccounting(std::string_view name);

/// What is known of the processor(s).
struct CpuFacts {
  std::string model_name;
  std::optional<Watts>
      tdp;  ///< of one socket, from catalog/cpu_power.csv; absent: not in the table
  int sockets = 1;
  int logical_cores = 1;  ///< online, whole machine
};

/// Joules that a rule made, with how it made them.
struct ModelledJoules {
  Joules energy;
  Provenance provenance =
      Provenance::kModelled;        ///< kAssumed when the rule ignores what was observed
  double standard_uncertainty = 0;  ///< relative, one sigma, of the rule itself
  std::string rule;                 ///< one line for the report: "TDP 240 W x (0.1 + 0.9 load^3)"
};

/// CPU joules over a window. `series`: cumulative busy core-seconds of the machine since the
/// window's begin, ordered in time; the load between two points is constant. Native uses the curve
/// with the lowest leave-one-machine-out error (docs/method.md); the CodeCarbon rules are those of
/// its 2.3.1 and 3.3.0.
ModelledJoules CpuJoules(Accounting accounting, const CpuFacts& cpu,
                         std::span<const SeriesPoint> series, Seconds duration);
/// CPU joules when the average load is all that is known.
ModelledJoules CpuJoules(Accounting accounting, const CpuFacts& cpu, double load, Seconds duration);

/// RAM joules over a window from the size of the machine's memory.
ModelledJoules RamJoules(Accounting accounting, Bytes total, bool arm, Seconds duration);

}  // namespace permille
