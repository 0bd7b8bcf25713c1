// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/units.h"
#include "meter/amdsmi_library.h"
#include "meter/gpu_selection.h"

namespace permille {

/// Which member of amdsmi_power_info_t a GPU fills, best first.
enum class AmdsmiPowerField { kCurrent, kAverage, kSocket, kNone };
/// Its name, as facts["power_field"] records it.
std::string_view Name(AmdsmiPowerField field);

/// One AMD GPU (on MI200, one die) as amdsmi shows it, and what can be read of it.
struct AmdsmiGpu {
  amdsmi::Handle handle = nullptr;
  amdsmi::Handle socket = nullptr;
  GpuIdentity identity;
  std::string name;      ///< "AMD Instinct MI250X"
  bool counter = false;  ///< the energy accumulator answers, moves, and agrees with the power
  double joules_per_count = 0;
  AmdsmiPowerField power = AmdsmiPowerField::kNone;
  std::string counter_problem;  ///< why `counter` is false
  std::string problem;          ///< why neither counter nor power can be read; else empty
  /// The GPU whose joules contain this one's: the second die of an MI250 reports nothing, the first
  /// reports both; likewise the partitions of a socket but one.
  std::optional<std::size_t> contained_in;
};

/// A reading or the reason why there is none.
struct AmdsmiReading {
  std::optional<double> value;
  amdsmi::Status status = amdsmi::kSuccess;
  double joules_per_count = 0;  ///< of an energy reading
};

/// Every AMD GPU. The energy accumulators are watched for up to half a second on `clock` (50 ms
/// when they are sound), because several boards show one that stands still (ROCm/amdsmi #22 and
/// #38) and a standing counter is indistinguishable from a GPU that draws nothing.
SourceResult<std::vector<AmdsmiGpu>> FindAmdsmiGpus(const AmdsmiLibrary& library, Clock& clock);

/// Joules since an arbitrary zero.
AmdsmiReading ReadAmdsmiEnergy(const AmdsmiLibrary& library, const AmdsmiGpu& gpu);
/// Watts now. A member that says "not available" (0xFFFF, 0xFFFFFFFF) is absent, never a number.
AmdsmiReading ReadAmdsmiPower(const AmdsmiLibrary& library, const AmdsmiGpu& gpu,
                              AmdsmiPowerField field);
/// The limit in force; absent where there is none.
std::optional<Watts> AmdsmiPowerLimit(const AmdsmiLibrary& library, const AmdsmiGpu& gpu);
/// Clock, temperature, utilisation, limit and processes. Throttle reasons are not read: their
/// encoding differs by release.
DeviceState ReadAmdsmiState(const AmdsmiLibrary& library, const AmdsmiGpu& gpu,
                            std::string channel);

}  // namespace permille
