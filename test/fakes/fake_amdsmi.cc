// SPDX-License-Identifier: Apache-2.0
// A shared library with amdsmi's C interface, driven by the script that PERMILLE_FAKE_AMDSMI names.
// Read afresh when amdsmi_init finds another script named than before: the real library does not
// count its users either. Example:
//
//   version 24 6 3                  # ROCm 6.2; structures are laid out as that release lays them
//   out device
//     name AMD Instinct MI250X
//     uuid 47ff74a0-0000-1000-80e1-0123456789ab
//     socket 0                      # devices with one number share a socket; default: one each
//     resolution 15.259             # microjoules a count
//     energy rate 1000000 300 1     # counts, watts, update in ms; see script.h
//     average constant 300          # W; also: current, socket_power (ROCm 6.4 and newer)
//     cap 560000000                 # microwatts
//     process 1234
//
// Before the first device: `init CODE` (what amdsmi_init returns). A power member that a device
// does not state reads 0xFFFF; everything else is not supported. `powers CODE` makes
// amdsmi_get_power_info fail.
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "meter/amdsmi_api.h"
#include "script.h"

namespace {

using permille::fakes::Section;
using permille::fakes::Series;
using namespace permille::amdsmi;

struct Gpu {
  const Section* script = nullptr;
  double resolution_uj = 1;
  std::map<std::string, Series> series;
};
struct Socket {
  std::vector<Gpu*> gpus;
};
struct State {
  std::mutex mutex;
  std::string path;
  permille::fakes::Script script;
  std::vector<std::unique_ptr<Gpu>> gpus;
  std::map<long long, Socket> sockets;
};

State& TheState() {
  static State state;
  return state;
}

// amdsmi_power_info_t of ROCm 6.0 to 6.3, of 6.4, and of 7.0.
struct PowerInfo60 {
  std::uint32_t current, average, gfx_voltage, soc_voltage, mem_voltage, limit, reserved[11];
};
struct PowerInfo64 {
  std::uint64_t socket;
  std::uint32_t current, average, gfx_voltage, soc_voltage, mem_voltage, limit, reserved[2];
};
struct PowerInfo70 {
  std::uint64_t socket;
  std::uint32_t current, average;
  std::uint64_t gfx_voltage, soc_voltage, mem_voltage;
  std::uint32_t limit;
  std::uint64_t reserved[18];
};
// amdsmi_power_info_t of ROCm 5.7.
struct PowerInfo57 {
  std::uint32_t average, gfx_voltage, soc_voltage, mem_voltage, limit, reserved[11];
};

// amdsmi_proc_info_t, whose strings grew from 32 to 256 characters with ROCm 6.4.
template <int kStringLength>
struct ProcessInfo {
  char name[kStringLength];
  std::uint32_t pid;
  std::uint64_t memory;
  std::uint64_t engine_gfx, engine_enc;
  std::uint32_t engine_reserved[12];
  std::uint64_t gtt_memory, cpu_memory, vram_memory;
  std::uint32_t memory_reserved[10];
  char container_name[kStringLength];
  std::uint32_t reserved[kStringLength == 32 ? 4 : 12];
};
static_assert(sizeof(ProcessInfo<32>) == 224 && sizeof(ProcessInfo<256>) == 704);

struct Release {
  long long first = 24, second = 6, third = 3;
};

Release TheRelease() {
  const auto lines = TheState().script.library.All("version");
  if (lines.empty()) return {};
  return {std::stoll(lines.back().at(0)), std::stoll(lines.back().at(1)),
          std::stoll(lines.back().at(2))};
}

std::unique_ptr<Gpu> MakeGpu(const Section& section) {
  auto gpu = std::make_unique<Gpu>();
  gpu->script = &section;
  if (section.Has("resolution")) gpu->resolution_uj = std::stod(section.Text("resolution"));
  for (const char* key : {"energy", "current", "average", "socket_power"}) {
    const auto lines = section.All(key);
    if (lines.empty()) continue;
    const double per_second = std::string(key) == "energy" ? 1e6 / gpu->resolution_uj : 1;
    gpu->series[key] = Series(lines.back(), static_cast<int>(kNoPermission), per_second);
  }
  return gpu;
}

Gpu& At(Handle handle) {
  return *static_cast<Gpu*>(handle);
}

// A power member: absent members read 0xFFFF, as gpu_metrics leaves them.
std::uint32_t Watts(Gpu& gpu, const char* key) {
  const auto series = gpu.series.find(key);
  if (series == gpu.series.end()) return kAbsent16;
  return static_cast<std::uint32_t>(series->second.Next().value);
}

template <class Info>
void Fill(Gpu& gpu, Info info, void* out) {
  info.average = Watts(gpu, "average");
  if constexpr (requires { info.current; }) info.current = Watts(gpu, "current");
  if constexpr (requires { info.socket; }) info.socket = Watts(gpu, "socket_power");
  info.limit = 560;
  std::memcpy(out, &info, sizeof info);
}

template <class T>
Status FromNumber(Handle handle, const char* key, T* out) {
  const auto number = At(handle).script->Number(key);
  if (!number) return kNotSupported;
  *out = static_cast<T>(*number);
  return kSuccess;
}

template <class Info>
Status FillProcesses(Handle handle, std::uint32_t* count, void* list) {
  const auto lines = At(handle).script->All("process");
  const std::uint32_t room = *count;
  *count = static_cast<std::uint32_t>(lines.size());
  for (std::size_t i = 0; i < lines.size() && i < room; ++i) {
    Info info{};
    info.pid = static_cast<std::uint32_t>(std::stoul(lines[i].at(0)));
    std::memcpy(static_cast<char*>(list) + i * sizeof info, &info, sizeof info);
  }
  return room >= lines.size() ? kSuccess : kOutOfResources;
}

}  // namespace

extern "C" {

Status amdsmi_status_code_to_string(Status status, const char** text) {
  switch (status) {
    case kSuccess:
      *text = "AMDSMI_STATUS_SUCCESS";
      break;
    case kNotSupported:
      *text = "AMDSMI_STATUS_NOT_SUPPORTED";
      break;
    case kNoPermission:
      *text = "AMDSMI_STATUS_NO_PERM";
      break;
    case kDriverNotLoaded:
      *text = "AMDSMI_STATUS_DRIVER_NOT_LOADED";
      break;
    default:
      *text = "AMDSMI_STATUS_UNKNOWN_ERROR";
      break;
  }
  return kSuccess;
}

Status amdsmi_init(std::uint64_t) {
  State& state = TheState();
  const std::lock_guard lock(state.mutex);
  const char* named = std::getenv("PERMILLE_FAKE_AMDSMI");
  const std::string path = named != nullptr ? named : "";
  if (path != state.path) {
    state.path = path;
    state.sockets.clear();
    state.gpus.clear();
    state.script = permille::fakes::ReadScript("PERMILLE_FAKE_AMDSMI");
    for (const Section& section : state.script.devices) {
      state.gpus.push_back(MakeGpu(section));
      const auto own = static_cast<long long>(1000 + state.gpus.size());
      state.sockets[section.Number("socket").value_or(own)].gpus.push_back(state.gpus.back().get());
    }
  }
  return static_cast<Status>(state.script.library.Number("init").value_or(kSuccess));
}

Status amdsmi_get_lib_version(void* out) {
  // The year has its place up to ROCm 6.4 (25); then three numbers, padding and a pointer.
  const Release release = TheRelease();
  const std::array<std::uint32_t, 6> words = {static_cast<std::uint32_t>(release.first),
                                              static_cast<std::uint32_t>(release.second),
                                              static_cast<std::uint32_t>(release.third)};
  std::memcpy(out, words.data(), sizeof words);
  return kSuccess;
}

Status amdsmi_get_socket_handles(std::uint32_t* count, Handle* sockets) {
  State& state = TheState();
  const std::lock_guard lock(state.mutex);
  if (sockets != nullptr) {
    for (auto& [number, socket] : state.sockets) *sockets++ = &socket;
  }
  *count = static_cast<std::uint32_t>(state.sockets.size());
  return kSuccess;
}

Status amdsmi_get_processor_handles(Handle socket, std::uint32_t* count, Handle* processors) {
  const auto& gpus = static_cast<Socket*>(socket)->gpus;
  if (processors != nullptr) {
    for (Gpu* gpu : gpus) *processors++ = gpu;
  }
  *count = static_cast<std::uint32_t>(gpus.size());
  return kSuccess;
}

Status amdsmi_get_processor_type(Handle handle, std::uint32_t* type) {
  *type = static_cast<std::uint32_t>(At(handle).script->Number("type").value_or(kTypeGpu));
  return kSuccess;
}

Status amdsmi_get_gpu_device_uuid(Handle handle, unsigned* length, char* uuid) {
  const std::string text = At(handle).script->Text("uuid", "00000000-0000-0000-0000-000000000000");
  if (*length < text.size() + 1) return kInvalid;
  std::memcpy(uuid, text.c_str(), text.size() + 1);
  return kSuccess;
}

Status amdsmi_get_gpu_asic_info(Handle handle, void* out) {
  std::array<char, 896> info{};
  At(handle).script->Text("name", "Fake Instinct").copy(info.data(), kMarketNameLength - 1);
  std::memcpy(out, info.data(), info.size());
  return kSuccess;
}

Status amdsmi_get_energy_count(Handle handle, std::uint64_t* accumulator, float* resolution_uj,
                               std::uint64_t* timestamp_ns) {
  State& state = TheState();
  const std::lock_guard lock(state.mutex);
  Gpu& gpu = At(handle);
  const auto series = gpu.series.find("energy");
  if (series == gpu.series.end()) return kNotSupported;
  const Series::Answer answer = series->second.Next();
  if (answer.status != 0) return static_cast<Status>(answer.status);
  *accumulator = static_cast<std::uint64_t>(std::llround(answer.value));
  *resolution_uj = static_cast<float>(gpu.resolution_uj);
  *timestamp_ns = 0;
  return kSuccess;
}

Status amdsmi_get_power_info(Handle handle, void* out) {
  State& state = TheState();
  const std::lock_guard lock(state.mutex);
  Gpu& gpu = At(handle);
  if (const auto status = gpu.script->Number("powers")) return static_cast<Status>(*status);
  const Release release = TheRelease();
  if (release.first < 23 || (release.first == 23 && release.second < 4)) {
    Fill(gpu, PowerInfo57{}, out);
  } else if (release.first <= 24) {
    Fill(gpu, PowerInfo60{}, out);
  } else if (release.first == 25) {
    Fill(gpu, PowerInfo64{}, out);
  } else {
    Fill(gpu, PowerInfo70{}, out);
  }
  return kSuccess;
}

Status amdsmi_get_power_cap_info(Handle handle, std::uint32_t, PowerCap* cap) {
  *cap = {};
  return FromNumber(handle, "cap", &cap->power_cap);
}

Status amdsmi_get_gpu_activity(Handle handle, EngineUsage* usage) {
  *usage = {};
  return FromNumber(handle, "utilisation", &usage->gfx_activity);
}

Status amdsmi_get_clock_info(Handle handle, std::uint32_t, void* out) {
  return FromNumber(handle, "clock", static_cast<std::uint32_t*>(out));
}

Status amdsmi_get_temp_metric(Handle handle, std::uint32_t sensor, std::uint32_t,
                              std::int64_t* celsius) {
  return FromNumber(handle, sensor == kTemperatureHotspot ? "hotspot" : "edge", celsius);
}

Status amdsmi_get_gpu_process_list(Handle handle, std::uint32_t* count, void* list) {
  return TheRelease().first <= 24 ? FillProcesses<ProcessInfo<32>>(handle, count, list)
                                  : FillProcesses<ProcessInfo<256>>(handle, count, list);
}

}  // extern "C"
