// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/units.h"
#include "meter/gpu_selection.h"
#include "meter/nvml_library.h"

namespace permille {

/// Where a GPU's power comes from, best first.
enum class NvmlPowerField { kInstant, kUsage, kAverage, kNone };
/// The name of the field or function, as facts["power_field"] records it.
std::string_view Name(NvmlPowerField field);

/// One GPU as NVML shows it, and what can be read of it. The place in the list is NVML's index.
struct NvmlGpu {
  nvml::Device handle = nullptr;  ///< null when NVML gives none; `problem` says why
  GpuIdentity identity;
  std::vector<nvml::Device> instances;  ///< handles of identity.instances
  std::string name;
  unsigned architecture = 0;  ///< NVML's number, 0 where unknown
  bool counter = false;  ///< nvmlDeviceGetTotalEnergyConsumption answers and does not stand at 0
  NvmlPowerField power = NvmlPowerField::kNone;
  std::string counter_problem;  ///< why `counter` is false
  std::string problem;          ///< why neither counter nor power can be read; else empty
};

/// Every GPU, each asked once for its counter and its power.
SourceResult<std::vector<NvmlGpu>> FindNvmlGpus(const NvmlLibrary& library);

/// Joules since the driver was loaded. On failure `out` keeps its value.
nvml::Return ReadNvmlEnergy(const NvmlFunctions& functions, nvml::Device device, double& out);
/// Watts now.
nvml::Return ReadNvmlPower(const NvmlFunctions& functions, nvml::Device device,
                           NvmlPowerField field, double& out);

/// The limit in force; absent where the board has none or does not say.
std::optional<Watts> NvmlPowerLimit(const NvmlFunctions& functions, nvml::Device device);
/// Clock, temperature, utilisation, limit, throttle reasons and processes of a GPU; what cannot be
/// read is absent. `channel` names it.
DeviceState ReadNvmlState(const NvmlFunctions& functions, const NvmlGpu& gpu, std::string channel);
/// Reasons that hold the clocks down, in words, comma separated. Idling and limits the owner set
/// (application and display clocks) are not throttling.
std::string ThrottleWords(unsigned long long reasons);

}  // namespace permille
