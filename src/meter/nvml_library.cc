// SPDX-License-Identifier: Apache-2.0
#include "meter/nvml_library.h"

#include <array>
#include <initializer_list>

#include "meter/gpu_presence.h"
#include "meter/shared_library.h"

namespace permille {
namespace {

using nvml::Return;

constexpr std::string_view kDriverFile = "/proc/driver/nvidia/version";

template <class Function>
void FindFirst(const SharedLibrary& library, Function& out,
               std::initializer_list<const char*> names) {
  for (const char* name : names) {
    out = library.Find<Function>(name);
    if (out != nullptr) return;
  }
}

void FindProcessLists(const SharedLibrary& library, NvmlFunctions& f) {
  FindFirst(library, f.compute_processes,
            {"nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"});
  FindFirst(
      library, f.graphics_processes,
      {"nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2"});
  f.process_size = sizeof(nvml::ProcessV2);
  if (f.compute_processes != nullptr) return;
  // Without a suffix the element is the short one; a mixture of both does not exist.
  FindFirst(library, f.compute_processes, {"nvmlDeviceGetComputeRunningProcesses"});
  FindFirst(library, f.graphics_processes, {"nvmlDeviceGetGraphicsRunningProcesses"});
  f.process_size = sizeof(nvml::ProcessV1);
}

NvmlFunctions FindFunctions(const SharedLibrary& library) {
  NvmlFunctions f;
  FindFirst(library, f.init, {"nvmlInit_v2", "nvmlInit"});
  FindFirst(library, f.shutdown, {"nvmlShutdown"});
  FindFirst(library, f.error_string, {"nvmlErrorString"});
  FindFirst(library, f.driver_version, {"nvmlSystemGetDriverVersion"});
  FindFirst(library, f.nvml_version, {"nvmlSystemGetNVMLVersion"});
  FindFirst(library, f.device_count, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"});
  FindFirst(library, f.device_handle,
            {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"});
  FindFirst(library, f.name, {"nvmlDeviceGetName"});
  FindFirst(library, f.uuid, {"nvmlDeviceGetUUID"});
  FindFirst(library, f.architecture, {"nvmlDeviceGetArchitecture"});
  FindFirst(library, f.total_energy, {"nvmlDeviceGetTotalEnergyConsumption"});
  FindFirst(library, f.power_usage, {"nvmlDeviceGetPowerUsage"});
  FindFirst(library, f.field_values, {"nvmlDeviceGetFieldValues"});
  FindFirst(library, f.enforced_limit, {"nvmlDeviceGetEnforcedPowerLimit"});
  FindFirst(library, f.management_limit, {"nvmlDeviceGetPowerManagementLimit"});
  FindFirst(library, f.ecc_mode, {"nvmlDeviceGetEccMode"});
  FindFirst(library, f.mig_mode, {"nvmlDeviceGetMigMode"});
  FindFirst(library, f.mig_count, {"nvmlDeviceGetMaxMigDeviceCount"});
  FindFirst(library, f.mig_handle, {"nvmlDeviceGetMigDeviceHandleByIndex"});
  FindFirst(library, f.gpu_instance, {"nvmlDeviceGetGpuInstanceId"});
  FindFirst(library, f.compute_instance, {"nvmlDeviceGetComputeInstanceId"});
  FindFirst(library, f.utilization, {"nvmlDeviceGetUtilizationRates"});
  FindFirst(library, f.clock, {"nvmlDeviceGetClockInfo"});
  FindFirst(library, f.temperature, {"nvmlDeviceGetTemperature"});
  FindFirst(
      library, f.clock_reasons,
      {"nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"});
  FindProcessLists(library, f);
  return f;
}

SourceFailure MissingLibrary(const MeterOptions& options) {
  const std::string& name = options.nvml_library;
  if (ExistsUnder(options.sysfs_root, kDriverFile)) {
    return {SourceStatus::kAbsent,
            fmt::format("the NVIDIA driver is loaded but its library {} is not here", name),
            "in a container, start it with the NVIDIA Container Toolkit (docker run --gpus all; "
            "NVIDIA_DRIVER_CAPABILITIES must contain utility); otherwise install libnvidia-ml1"};
  }
  const int cards = CountPciGpus(options.sysfs_root, kPciVendorNvidia);
  if (cards > 0) {
    return {
        SourceStatus::kAbsent,
        fmt::format("{} NVIDIA GPU(s) on the PCI bus, but no NVIDIA driver and no {}", cards, name),
        "install the NVIDIA driver (Debian: apt-get install nvidia-driver), then reboot"};
  }
  return {SourceStatus::kAbsent, fmt::format("no NVIDIA GPU and no {} here", name), ""};
}

SourceFailure TooOld(const std::string& name, std::string_view missing) {
  return {SourceStatus::kUnsupported, fmt::format("{} is too old: it has no {}", name, missing),
          "update the NVIDIA driver"};
}

SourceFailure InitFailure(Return status, const std::string& text) {
  const std::string reason = fmt::format("nvmlInit: {}", text);
  switch (status) {
    case nvml::kDriverNotLoaded:
      return {SourceStatus::kAbsent, reason + " (library present, driver not loaded)",
              "load it as root: modprobe nvidia; if that fails, reinstall the NVIDIA driver"};
    case nvml::kLibRmVersionMismatch:
      return {SourceStatus::kUnsupported,
              reason + " (the driver was updated while the old one is still loaded)",
              "reboot, or as root: rmmod nvidia_uvm nvidia_drm nvidia_modeset nvidia && modprobe "
              "nvidia; in a container, restart it"};
    case nvml::kNoPermission:
    case nvml::kOperatingSystem:
      return {SourceStatus::kDenied, reason,
              "give this user read and write access to /dev/nvidiactl and /dev/nvidia* (group "
              "video; in a cgroup or Slurm job, ask for a GPU)"};
    case nvml::kLibraryNotFound:
    case nvml::kFunctionNotFound:
      return {SourceStatus::kUnsupported, reason + " (library and driver do not fit)",
              "reinstall the NVIDIA driver so that library and kernel module have one version"};
    default:
      return {SourceStatus::kUnsupported, reason, "see what nvidia-smi says"};
  }
}

std::string SystemText(nvml::SystemTextFunction function) {
  std::array<char, nvml::kVersionLength> text{};
  if (function == nullptr || function(text.data(), text.size()) != nvml::kSuccess) return {};
  text.back() = '\0';
  return text.data();
}

}  // namespace

SourceResult<std::unique_ptr<NvmlLibrary>> NvmlLibrary::Open(const MeterOptions& options) {
  const auto library = SharedLibrary::Open(options.nvml_library);
  if (!library) {
    if (library.error().missing) return tl::unexpected(MissingLibrary(options));
    return tl::unexpected(SourceFailure{
        SourceStatus::kUnsupported,
        fmt::format("{} cannot be loaded: {}", options.nvml_library, library.error().reason),
        "reinstall the NVIDIA driver for this architecture"});
  }
  const NvmlFunctions f = FindFunctions(*library);
  const std::string& name = options.nvml_library;
  if (f.init == nullptr) return tl::unexpected(TooOld(name, "nvmlInit (is it NVML?)"));
  if (f.device_count == nullptr || f.device_handle == nullptr) {
    return tl::unexpected(TooOld(name, "nvmlDeviceGetHandleByIndex"));
  }
  if (f.total_energy == nullptr && f.power_usage == nullptr && f.field_values == nullptr) {
    return tl::unexpected(TooOld(name, "function that reads energy or power"));
  }
  // Made before Init for its Text(); a failed Init must not be paired with a Shutdown, which would
  // end another object's use.
  std::unique_ptr<NvmlLibrary> opened(new NvmlLibrary(f));
  const Return status = f.init();
  if (status != nvml::kSuccess) {
    opened->functions_.shutdown = nullptr;
    return tl::unexpected(InitFailure(status, opened->Text(status)));
  }
  return opened;
}

NvmlLibrary::~NvmlLibrary() {
  if (functions_.shutdown != nullptr) functions_.shutdown();
}

std::string NvmlLibrary::Text(Return status) const {
  const char* text = functions_.error_string != nullptr ? functions_.error_string(status) : nullptr;
  return text != nullptr ? text : fmt::format("NVML status {}", status);
}

std::string NvmlLibrary::DriverVersion() const {
  return SystemText(functions_.driver_version);
}
std::string NvmlLibrary::LibraryVersion() const {
  return SystemText(functions_.nvml_version);
}

std::optional<unsigned> NvmlNumber(nvml::DeviceUnsignedFunction function, nvml::Device device) {
  unsigned value = 0;
  if (function == nullptr || function(device, &value) != nvml::kSuccess) return std::nullopt;
  return value;
}

std::string NvmlText(nvml::DeviceTextFunction function, nvml::Device device) {
  std::array<char, nvml::kUuidLength> text{};
  if (function == nullptr) return {};
  if (function(device, text.data(), text.size()) != nvml::kSuccess) return {};
  text.back() = '\0';
  return text.data();
}

}  // namespace permille
