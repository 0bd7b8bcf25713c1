// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "exchange/observed_energy.h"
#include "record/grid.h"
#include "record/run_record.h"

namespace permille {

/// Which of CodeCarbon's files is written: both name their columns, in CodeCarbon's order and
/// units.
enum class EmissionsColumns {
  kVersion2,  ///< the 31 of 2.3.1
  kVersion3,  ///< the 38 of 3.3
};

struct EmissionsCsvOptions {
  EmissionsColumns columns = EmissionsColumns::kVersion3;
  /// Absent: the intensity and place of a run's own log, where it was imported; else no emissions.
  std::optional<GridIntensity> grid;
  /// Multiplies every energy, as CodeCarbon does. Absent: that of the run's own log, else 1.
  std::optional<double> pue;
  /// Joules of a run's query windows as analyse/ reads them, where load has to become watts. Empty:
  /// what channels state in joules.
  std::function<ComponentJoules(const RunRecord&)> interpret;

  Result<void> Validate() const;
};

/// An emissions.csv that CodeCarbon and its dashboards read: one row a run, from its query windows
/// (loading and warm-up are not in it). Unknown cells stay empty, energies that are partly unknown
/// too. kInvalid for options that Validate refuses.
Result<std::string> EmissionsCsv(std::span<const RunRecord> runs,
                                 const EmissionsCsvOptions& options);

}  // namespace permille
