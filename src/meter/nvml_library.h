// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "meter/meter.h"
#include "meter/nvml_api.h"
#include "meter/source_failure.h"

namespace permille {

/// The functions found in a library; null where it lacks them (older drivers) or has only an older
/// variant.
struct NvmlFunctions {
  nvml::InitFunction init = nullptr;
  nvml::InitFunction shutdown = nullptr;
  nvml::ErrorStringFunction error_string = nullptr;
  nvml::SystemTextFunction driver_version = nullptr;
  nvml::SystemTextFunction nvml_version = nullptr;
  nvml::GetCountFunction device_count = nullptr;
  nvml::GetHandleFunction device_handle = nullptr;
  nvml::DeviceTextFunction name = nullptr;
  nvml::DeviceTextFunction uuid = nullptr;
  nvml::DeviceUnsignedFunction architecture = nullptr;
  nvml::DeviceLongFunction total_energy = nullptr;     ///< mJ
  nvml::DeviceUnsignedFunction power_usage = nullptr;  ///< mW
  nvml::DeviceFieldsFunction field_values = nullptr;
  nvml::DeviceUnsignedFunction enforced_limit = nullptr;    ///< mW
  nvml::DeviceUnsignedFunction management_limit = nullptr;  ///< mW
  nvml::DeviceModeFunction ecc_mode = nullptr;
  nvml::DeviceModeFunction mig_mode = nullptr;
  nvml::DeviceUnsignedFunction mig_count = nullptr;
  nvml::GetChildFunction mig_handle = nullptr;
  nvml::DeviceUnsignedFunction gpu_instance = nullptr;
  nvml::DeviceUnsignedFunction compute_instance = nullptr;
  nvml::DeviceUtilizationFunction utilization = nullptr;
  nvml::DeviceSensorFunction clock = nullptr;
  nvml::DeviceSensorFunction temperature = nullptr;
  nvml::DeviceLongFunction clock_reasons = nullptr;
  nvml::DeviceProcessesFunction compute_processes = nullptr;
  nvml::DeviceProcessesFunction graphics_processes = nullptr;
  std::size_t process_size = 0;  ///< bytes of one element of the two lists
};

/// NVML, opened and initialised; shut down with the object. NVML counts initialisations, so several
/// may exist.
class NvmlLibrary {
 public:
  /// Open MeterOptions::nvml_library. The failure tells apart: no NVIDIA GPU here, no driver, a
  /// container without the library, a broken library, a library too old, a driver of another
  /// version, no permission.
  static SourceResult<std::unique_ptr<NvmlLibrary>> Open(const MeterOptions& options);
  ~NvmlLibrary();
  NvmlLibrary(const NvmlLibrary&) = delete;
  NvmlLibrary& operator=(const NvmlLibrary&) = delete;

  const NvmlFunctions& functions() const { return functions_; }
  /// NVML's words for a status.
  std::string Text(nvml::Return status) const;
  /// "550.54.14"; empty when the library does not say.
  std::string DriverVersion() const;
  std::string LibraryVersion() const;

 private:
  explicit NvmlLibrary(NvmlFunctions functions) : functions_(functions) {}
  NvmlFunctions functions_;
};

/// A number of a device, or absent where the function is missing or fails.
std::optional<unsigned> NvmlNumber(nvml::DeviceUnsignedFunction function, nvml::Device device);
std::string NvmlText(nvml::DeviceTextFunction function, nvml::Device device);

}  // namespace permille
