// SPDX-License-Identifier: Apache-2.0
// A shared library with NVML's C interface, driven by the script that PERMILLE_FAKE_NVML names.
// Read afresh at every first nvmlInit. Example:
//
//   driver 550.54.14
//   device
//     name NVIDIA A100-SXM4-80GB
//     uuid GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77
//     architecture 7
//     energy rate 1000000 250 100    # mJ, watts, update in ms; see script.h
//     instant rate|constant|list ... # mW; also: usage, average
//     limit 400000
//     throttle 0x4
//     compute 1234                   # a process; also: graphics
//     mig MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f 9 0
//
// Before the first device: `init CODE` (what nvmlInit returns), `driver`, `nvml`. What a device
// does not state is not supported. `handle CODE` and `processes CODE` make those calls fail.
//
// Three libraries are built from this file: FAKE_NVML_LEVEL 2 is a driver of today; 1 has the
// functions of a Kepler-time driver, without suffixes, counter and fields; 0 can count GPUs and
// nothing else.
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "meter/nvml_api.h"
#include "script.h"

namespace permille::nvml {

// What an nvmlDevice_t points to here: a GPU or an instance of one.
struct DeviceStruct {
  const fakes::Section* script = nullptr;
  DeviceStruct* parent = nullptr;
  std::string uuid;
  unsigned gpu_instance = 0;
  unsigned compute_instance = 0;
  std::map<std::string, fakes::Series> series;
  std::vector<std::unique_ptr<DeviceStruct>> instances;
};

}  // namespace permille::nvml

namespace {

using permille::fakes::Section;
using permille::fakes::Series;
using permille::fakes::Words;
using namespace permille::nvml;

struct State {
  std::mutex mutex;
  int users = 0;
  permille::fakes::Script script;
  std::vector<std::unique_ptr<DeviceStruct>> gpus;
};

State& TheState() {
  static State state;
  return state;
}

[[maybe_unused]] constexpr double kMillijoulesPerJoule = 1000;

std::unique_ptr<DeviceStruct> MakeGpu(const Section& script) {
  auto gpu = std::make_unique<DeviceStruct>();
  gpu->script = &script;
  gpu->uuid = script.Text("uuid", "GPU-00000000-0000-0000-0000-000000000000");
  for (const char* key : {"energy", "instant", "average", "usage"}) {
    const auto lines = script.All(key);
    if (!lines.empty()) gpu->series[key] = Series(lines.back(), kUnknown, kMillijoulesPerJoule);
  }
  for (const Words& words : script.All("mig")) {
    auto instance = std::make_unique<DeviceStruct>();
    instance->parent = gpu.get();
    instance->uuid = words.at(0);
    instance->gpu_instance = static_cast<unsigned>(std::stoul(words.at(1)));
    instance->compute_instance = static_cast<unsigned>(std::stoul(words.at(2)));
    gpu->instances.push_back(std::move(instance));
  }
  return gpu;
}

Return Init() {
  State& state = TheState();
  const std::lock_guard lock(state.mutex);
  if (state.users++ > 0) return kSuccess;
  state.gpus.clear();
  state.script = permille::fakes::ReadScript("PERMILLE_FAKE_NVML");
  const auto status = static_cast<Return>(state.script.library.Number("init").value_or(kSuccess));
  if (status != kSuccess) {
    state.users = 0;
    return status;
  }
  for (const Section& section : state.script.devices) state.gpus.push_back(MakeGpu(section));
  return kSuccess;
}

Return Count(unsigned* count) {
  State& state = TheState();
  const std::lock_guard lock(state.mutex);
  *count = static_cast<unsigned>(state.gpus.size());
  return state.users > 0 ? kSuccess : kUninitialized;
}

Return Handle(unsigned index, Device* device) {
  State& state = TheState();
  const std::lock_guard lock(state.mutex);
  if (index >= state.gpus.size()) return kInvalidArgument;
  *device = state.gpus[index].get();
  return static_cast<Return>((*device)->script->Number("handle").value_or(kSuccess));
}

[[maybe_unused]] Return Copy(const std::string& text, char* out, unsigned length) {
  if (text.size() + 1 > length) return kInsufficientSize;
  std::memcpy(out, text.c_str(), text.size() + 1);
  return kSuccess;
}

// MIG instances answer no question about energy, power or clocks.
[[maybe_unused]] Return FromSeries(Device device, const char* key, double& value) {
  State& state = TheState();
  const std::lock_guard lock(state.mutex);
  const auto series = device->series.find(key);
  if (series == device->series.end()) return kNotSupported;
  const Series::Answer answer = series->second.Next();
  value = answer.value;
  return answer.status;
}

template <class T>
[[maybe_unused]] Return FromNumber(Device device, const char* key, T* out) {
  if (device->script == nullptr) return kNotSupported;
  const auto number = device->script->Number(key);
  if (!number) return kNotSupported;
  *out = static_cast<T>(*number);
  return kSuccess;
}

template <class Process>
[[maybe_unused]] Return Processes(Device device, const char* key, unsigned* count, void* out) {
  const Section* script = device->script;
  if (script == nullptr) return *count = 0, kSuccess;
  if (const auto status = script->Number("processes")) return static_cast<Return>(*status);
  const auto lines = script->All(key);
  const unsigned room = *count;
  *count = static_cast<unsigned>(lines.size());
  if (room < lines.size()) return kInsufficientSize;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Process process{};
    process.pid = static_cast<unsigned>(std::stoul(lines[i].at(0)));
    std::memcpy(static_cast<char*>(out) + i * sizeof process, &process, sizeof process);
  }
  return kSuccess;
}

}  // namespace

extern "C" {

const char* nvmlErrorString(Return status) {
  switch (status) {
    case kSuccess:
      return "Success";
    case kUninitialized:
      return "Uninitialized";
    case kInvalidArgument:
      return "Invalid Argument";
    case kNotSupported:
      return "Not Supported";
    case kNoPermission:
      return "Insufficient Permissions";
    case kDriverNotLoaded:
      return "Driver Not Loaded";
    case kGpuIsLost:
      return "GPU is lost";
    case kLibRmVersionMismatch:
      return "Driver/library version mismatch";
    default:
      return "Unknown Error";
  }
}

Return nvmlShutdown() {
  State& state = TheState();
  const std::lock_guard lock(state.mutex);
  if (state.users == 0) return kUninitialized;
  --state.users;
  return kSuccess;
}

#if FAKE_NVML_LEVEL == 2
Return nvmlInit_v2() {
  return Init();
}
Return nvmlDeviceGetCount_v2(unsigned* count) {
  return Count(count);
}
Return nvmlDeviceGetHandleByIndex_v2(unsigned index, Device* device) {
  return Handle(index, device);
}
#else
Return nvmlInit() {
  return Init();
}
Return nvmlDeviceGetCount(unsigned* count) {
  return Count(count);
}
Return nvmlDeviceGetHandleByIndex(unsigned index, Device* device) {
  return Handle(index, device);
}
#endif

#if FAKE_NVML_LEVEL >= 1
Return nvmlSystemGetDriverVersion(char* text, unsigned length) {
  return Copy(TheState().script.library.Text("driver", "0.0"), text, length);
}
Return nvmlDeviceGetName(Device device, char* text, unsigned length) {
  return Copy(device->script != nullptr ? device->script->Text("name", "Fake GPU") : "Fake MIG",
              text, length);
}
Return nvmlDeviceGetUUID(Device device, char* text, unsigned length) {
  return Copy(device->uuid, text, length);
}
Return nvmlDeviceGetPowerUsage(Device device, unsigned* milliwatts) {
  double value = 0;
  const Return status = FromSeries(device, "usage", value);
  if (status == kSuccess) *milliwatts = static_cast<unsigned>(value);
  return status;
}
Return nvmlDeviceGetTemperature(Device device, int, unsigned* celsius) {
  return FromNumber(device, "temperature", celsius);
}
Return nvmlDeviceGetClockInfo(Device device, int, unsigned* megahertz) {
  return FromNumber(device, "clock", megahertz);
}
Return nvmlDeviceGetUtilizationRates(Device device, Utilization* utilization) {
  return FromNumber(device, "utilisation", &utilization->gpu);
}
Return nvmlDeviceGetPowerManagementLimit(Device device, unsigned* milliwatts) {
  return FromNumber(device, "limit", milliwatts);
}
Return nvmlDeviceGetEccMode(Device device, unsigned* current, unsigned* pending) {
  const Return status = FromNumber(device, "ecc", current);
  *pending = *current;
  return status;
}
#endif

#if FAKE_NVML_LEVEL == 1
Return nvmlDeviceGetComputeRunningProcesses(Device device, unsigned* count, void* out) {
  return Processes<ProcessV1>(device, "compute", count, out);
}
Return nvmlDeviceGetGraphicsRunningProcesses(Device device, unsigned* count, void* out) {
  return Processes<ProcessV1>(device, "graphics", count, out);
}
Return nvmlDeviceGetCurrentClocksThrottleReasons(Device device, unsigned long long* reasons) {
  return FromNumber(device, "throttle", reasons);
}
#endif

#if FAKE_NVML_LEVEL == 2
Return nvmlSystemGetNVMLVersion(char* text, unsigned length) {
  return Copy(TheState().script.library.Text("nvml", "0.0"), text, length);
}
Return nvmlDeviceGetArchitecture(Device device, unsigned* architecture) {
  return FromNumber(device, "architecture", architecture);
}
Return nvmlDeviceGetTotalEnergyConsumption(Device device, unsigned long long* millijoules) {
  double value = 0;
  const Return status = FromSeries(device, "energy", value);
  if (status == kSuccess) *millijoules = static_cast<unsigned long long>(std::llround(value));
  return status;
}
Return nvmlDeviceGetFieldValues(Device device, int count, FieldValue* fields) {
  for (int i = 0; i < count; ++i) {
    const char* key = fields[i].field_id == kFieldPowerInstant   ? "instant"
                      : fields[i].field_id == kFieldPowerAverage ? "average"
                                                                 : "";
    double value = 0;
    fields[i].status = FromSeries(device, key, value);
    fields[i].value.as_unsigned = static_cast<unsigned>(value);
  }
  return kSuccess;
}
Return nvmlDeviceGetEnforcedPowerLimit(Device device, unsigned* milliwatts) {
  return FromNumber(device, "limit", milliwatts);
}
Return nvmlDeviceGetCurrentClocksEventReasons(Device device, unsigned long long* reasons) {
  return FromNumber(device, "throttle", reasons);
}
Return nvmlDeviceGetMigMode(Device device, unsigned* current, unsigned* pending) {
  if (device->parent != nullptr) return kInvalidArgument;
  *current = *pending = device->instances.empty() ? 0 : 1;
  return kSuccess;
}
Return nvmlDeviceGetMaxMigDeviceCount(Device, unsigned* count) {
  return *count = 7, kSuccess;
}
Return nvmlDeviceGetMigDeviceHandleByIndex(Device device, unsigned index, Device* instance) {
  if (index >= device->instances.size()) return kNotFound;
  *instance = device->instances[index].get();
  return kSuccess;
}
Return nvmlDeviceGetGpuInstanceId(Device device, unsigned* id) {
  return *id = device->gpu_instance, kSuccess;
}
Return nvmlDeviceGetComputeInstanceId(Device device, unsigned* id) {
  return *id = device->compute_instance, kSuccess;
}
Return nvmlDeviceGetComputeRunningProcesses_v3(Device device, unsigned* count, void* out) {
  return Processes<ProcessV2>(device, "compute", count, out);
}
Return nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, unsigned* count, void* out) {
  return Processes<ProcessV2>(device, "graphics", count, out);
}
#endif

}  // extern "C"
