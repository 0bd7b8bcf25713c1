// SPDX-License-Identifier: Apache-2.0
#include "meter/nvml_gpu.h"

#include <algorithm>
#include <utility>

namespace permille {
namespace {

using nvml::Return;

constexpr double kPerMilli = 1e-3;
constexpr int kAttempts = 3;

Return ReadField(const NvmlFunctions& f, nvml::Device device, unsigned field, double& watts) {
  if (f.field_values == nullptr) return nvml::kFunctionNotFound;
  nvml::FieldValue value{};
  value.field_id = field;
  value.scope_id = nvml::kPowerScopeGpu;
  if (const Return status = f.field_values(device, 1, &value); status != nvml::kSuccess) {
    return status;
  }
  if (value.status != nvml::kSuccess) return value.status;
  watts = value.value.as_unsigned * kPerMilli;
  return nvml::kSuccess;
}

bool IsForGood(Return status) {
  return status == nvml::kNotSupported || status == nvml::kFunctionNotFound ||
         status == nvml::kInvalidArgument || status == nvml::kNoPermission;
}

// A first read that fails for a passing reason is tried again: what is decided here lasts for the
// whole run.
template <class Read>
Return Try(const Read& read) {
  Return status = nvml::kUnknown;
  for (int i = 0; i < kAttempts; ++i) {
    status = read();
    if (status == nvml::kSuccess || IsForGood(status)) return status;
  }
  return status;
}

void FindCounter(const NvmlLibrary& library, NvmlGpu& gpu) {
  double joules = 0;
  const Return status =
      Try([&] { return ReadNvmlEnergy(library.functions(), gpu.handle, joules); });
  if (status == nvml::kFunctionNotFound) {
    gpu.counter_problem = "this driver's NVML has no energy counter";
  } else if (status != nvml::kSuccess) {
    gpu.counter_problem = fmt::format("energy counter: {}", library.Text(status));
  } else if (joules == 0) {
    // Millijoules since the driver was loaded cannot be 0 on a GPU that is powered: the counter
    // does not run.
    gpu.counter_problem = "energy counter stands at 0";
  } else {
    gpu.counter = true;
  }
}

void FindPower(const NvmlLibrary& library, NvmlGpu& gpu) {
  Return last = nvml::kFunctionNotFound;
  for (const NvmlPowerField field :
       {NvmlPowerField::kInstant, NvmlPowerField::kUsage, NvmlPowerField::kAverage}) {
    double watts = 0;
    last = Try([&] { return ReadNvmlPower(library.functions(), gpu.handle, field, watts); });
    if (last == nvml::kSuccess && watts > 0) {
      gpu.power = field;
      return;
    }
  }
  if (gpu.counter) return;
  const std::string power = last == nvml::kSuccess ? "0 W" : library.Text(last);
  gpu.problem = fmt::format("{}; power: {}", gpu.counter_problem, power);
}

void FindInstances(const NvmlFunctions& f, NvmlGpu& gpu) {
  unsigned current = 0;
  unsigned pending = 0;
  if (f.mig_mode == nullptr || f.mig_count == nullptr || f.mig_handle == nullptr) return;
  if (f.mig_mode(gpu.handle, &current, &pending) != nvml::kSuccess || current == 0) return;
  const unsigned count = NvmlNumber(f.mig_count, gpu.handle).value_or(0);
  for (unsigned i = 0; i < count; ++i) {
    nvml::Device instance = nullptr;
    if (f.mig_handle(gpu.handle, i, &instance) != nvml::kSuccess) continue;  // an empty slot
    gpu.instances.push_back(instance);
    gpu.identity.instances.push_back({NvmlText(f.uuid, instance),
                                      NvmlNumber(f.gpu_instance, instance).value_or(0),
                                      NvmlNumber(f.compute_instance, instance).value_or(0)});
  }
}

NvmlGpu FindGpu(const NvmlLibrary& library, unsigned index) {
  const NvmlFunctions& f = library.functions();
  NvmlGpu gpu;
  if (const Return status = f.device_handle(index, &gpu.handle); status != nvml::kSuccess) {
    gpu.handle = nullptr;
    gpu.problem = library.Text(status);
    return gpu;
  }
  gpu.name = NvmlText(f.name, gpu.handle);
  gpu.identity.uuid = NvmlText(f.uuid, gpu.handle);
  gpu.architecture = NvmlNumber(f.architecture, gpu.handle).value_or(0);
  FindInstances(f, gpu);
  FindCounter(library, gpu);
  FindPower(library, gpu);
  return gpu;
}

void AddProcesses(const NvmlFunctions& f, nvml::DeviceProcessesFunction list, nvml::Device device,
                  std::vector<pid_t>& out) {
  if (list == nullptr) return;
  std::vector<unsigned char> buffer(64 * f.process_size);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    unsigned count = static_cast<unsigned>(buffer.size() / f.process_size);
    const Return status = list(device, &count, buffer.data());
    if (status == nvml::kInsufficientSize) {
      buffer.resize((count + 16) * f.process_size);  // some may start meanwhile
      continue;
    }
    if (status != nvml::kSuccess) return;
    for (unsigned i = 0; i < count; ++i) {
      unsigned pid = 0;  // the first member of both layouts
      std::copy_n(buffer.data() + i * f.process_size, sizeof(pid),
                  reinterpret_cast<unsigned char*>(&pid));
      out.push_back(static_cast<pid_t>(pid));
    }
    return;
  }
}

// In MIG mode an unprivileged caller may list the instances but not the whole GPU.
std::vector<pid_t> Processes(const NvmlFunctions& f, const NvmlGpu& gpu) {
  std::vector<pid_t> pids;
  for (const auto list : {f.compute_processes, f.graphics_processes}) {
    AddProcesses(f, list, gpu.handle, pids);
    for (nvml::Device instance : gpu.instances) AddProcesses(f, list, instance, pids);
  }
  std::ranges::sort(pids);
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

std::optional<unsigned> Sensor(nvml::DeviceSensorFunction function, nvml::Device device,
                               int sensor) {
  unsigned value = 0;
  if (function == nullptr || function(device, sensor, &value) != nvml::kSuccess) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::string_view Name(NvmlPowerField field) {
  switch (field) {
    case NvmlPowerField::kInstant:
      return "NVML_FI_DEV_POWER_INSTANT";
    case NvmlPowerField::kUsage:
      return "nvmlDeviceGetPowerUsage";
    case NvmlPowerField::kAverage:
      return "NVML_FI_DEV_POWER_AVERAGE";
    case NvmlPowerField::kNone:
      return "none";
  }
  return "none";
}

SourceResult<std::vector<NvmlGpu>> FindNvmlGpus(const NvmlLibrary& library) {
  unsigned count = 0;
  if (const Return status = library.functions().device_count(&count); status != nvml::kSuccess) {
    return tl::unexpected(SourceFailure{SourceStatus::kUnsupported,
                                        "nvmlDeviceGetCount: " + library.Text(status),
                                        "see what nvidia-smi says"});
  }
  if (count == 0) {
    return tl::unexpected(SourceFailure{SourceStatus::kAbsent,
                                        "the NVIDIA driver shows no GPU to this process",
                                        "in a container or a Slurm job, ask for a GPU (docker run "
                                        "--gpus all; sbatch --gres=gpu:1)"});
  }
  std::vector<NvmlGpu> gpus;
  for (unsigned i = 0; i < count; ++i) gpus.push_back(FindGpu(library, i));
  return gpus;
}

Return ReadNvmlEnergy(const NvmlFunctions& functions, nvml::Device device, double& out) {
  if (functions.total_energy == nullptr) return nvml::kFunctionNotFound;
  unsigned long long millijoules = 0;
  const Return status = functions.total_energy(device, &millijoules);
  if (status == nvml::kSuccess) out = static_cast<double>(millijoules) * kPerMilli;
  return status;
}

Return ReadNvmlPower(const NvmlFunctions& functions, nvml::Device device, NvmlPowerField field,
                     double& out) {
  switch (field) {
    case NvmlPowerField::kInstant:
      return ReadField(functions, device, nvml::kFieldPowerInstant, out);
    case NvmlPowerField::kAverage:
      return ReadField(functions, device, nvml::kFieldPowerAverage, out);
    case NvmlPowerField::kUsage: {
      if (functions.power_usage == nullptr) return nvml::kFunctionNotFound;
      unsigned milliwatts = 0;
      const Return status = functions.power_usage(device, &milliwatts);
      if (status == nvml::kSuccess) out = milliwatts * kPerMilli;
      return status;
    }
    case NvmlPowerField::kNone:
      break;
  }
  return nvml::kNotSupported;
}

std::string ThrottleWords(unsigned long long reasons) {
  constexpr std::pair<unsigned long long, std::string_view> kWords[] = {
      {nvml::kReasonSwPowerCap, "power cap"},
      {nvml::kReasonHwSlowdown, "hardware slowdown"},
      {nvml::kReasonSyncBoost, "sync boost"},
      {nvml::kReasonSwThermal, "thermal (software)"},
      {nvml::kReasonHwThermal, "thermal (hardware)"},
      {nvml::kReasonHwPowerBrake, "power brake"},
  };
  std::string words;
  for (const auto& [bit, word] : kWords) {
    if ((reasons & bit) == 0) continue;
    if (!words.empty()) words += ", ";
    words += word;
  }
  return words;
}

DeviceState ReadNvmlState(const NvmlFunctions& f, const NvmlGpu& gpu, std::string channel) {
  DeviceState state;
  state.channel = std::move(channel);
  if (gpu.handle == nullptr) return state;
  nvml::Utilization busy{};
  if (f.utilization != nullptr && f.utilization(gpu.handle, &busy) == nvml::kSuccess) {
    state.utilisation = busy.gpu / 100.0;
  }
  if (const auto celsius = Sensor(f.temperature, gpu.handle, nvml::kTemperatureGpu)) {
    state.temperature = Celsius(*celsius);
  }
  if (const auto megahertz = Sensor(f.clock, gpu.handle, nvml::kClockSm)) {
    state.clock = Hertz(*megahertz * 1e6);
  }
  if (const auto limit = NvmlPowerLimit(f, gpu.handle)) state.power_cap = *limit;
  unsigned long long reasons = 0;
  if (f.clock_reasons != nullptr && f.clock_reasons(gpu.handle, &reasons) == nvml::kSuccess) {
    state.throttle = ThrottleWords(reasons);
  }
  state.processes = Processes(f, gpu);
  return state;
}

std::optional<Watts> NvmlPowerLimit(const NvmlFunctions& f, nvml::Device device) {
  auto milliwatts = NvmlNumber(f.enforced_limit, device);
  if (!milliwatts) milliwatts = NvmlNumber(f.management_limit, device);
  if (!milliwatts) return std::nullopt;
  return Watts(*milliwatts * kPerMilli);
}

}  // namespace permille
