// SPDX-License-Identifier: Apache-2.0
#include "meter/meter.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "meter/amdsmi.h"
#include "meter/cpu_load.h"
#include "meter/cray.h"
#include "meter/fake.h"
#include "meter/hwmon.h"
#include "meter/nvml.h"
#include "meter/perf.h"
#include "meter/ram.h"
#include "meter/rapl.h"
#include "meter/replay.h"

namespace permille {
namespace {

// Best source first within a component: ResolveChannels and doctor rely on this order.
constexpr auto kMeters = std::to_array<MeterEntry>({
    {"nvml", "NVIDIA GPUs: energy counter, or power samples integrated", MakeNvmlMeter, ProbeNvml},
    {"amdsmi", "AMD GPUs: energy counter, or power samples integrated", MakeAmdsmiMeter,
     ProbeAmdsmi},
    {"rapl-perf", "CPU packages and DRAM: RAPL through perf_event", MakePerfMeter, ProbePerf},
    {"rapl-powercap", "CPU packages and DRAM: RAPL through /sys/class/powercap", MakeRaplMeter,
     ProbeRapl},
    {"cray", "Cray nodes: /sys/cray/pm_counters", MakeCrayMeter, ProbeCray},
    {"hwmon", "power sensors of the board: ACPI power meter, Grace, Jetson", MakeHwmonMeter,
     ProbeHwmon},
    {"cpu-load", "CPU load, turned into modelled watts by the report", MakeCpuLoadMeter,
     ProbeCpuLoad},
    {"ram-size", "RAM size, turned into modelled watts by the report", MakeRamMeter, ProbeRam},
    {"replay", "a recorded trace, on a virtual clock: replay:FILE", MakeReplayMeter, ProbeReplay},
    {"fake", "constant watts, for trying out: fake:cpu=50W", MakeFakeMeter, ProbeFake},
});

// Meters that only an explicit --meter brings in.
bool IsExplicitOnly(std::string_view name) {
  return name == "replay" || name == "fake";
}

// Every source that works here. GPUs that the user names must be among them: silence would charge
// the work nothing.
Result<std::vector<std::unique_ptr<Meter>>> MakeEveryMeter(const MeterOptions& options) {
  std::vector<std::unique_ptr<Meter>> meters;
  std::optional<Error> gpu_error;
  bool gpu_read = false;
  for (const MeterEntry& entry : kMeters) {
    if (IsExplicitOnly(entry.name)) continue;
    const bool gpu = entry.name == "nvml" || entry.name == "amdsmi";
    auto meter = entry.make(options, {});
    if (meter) {
      gpu_read = gpu_read || gpu;
      meters.push_back(std::move(*meter));
    } else if (gpu && (!gpu_error || meter.error().code == ErrorCode::kInvalid)) {
      gpu_error = std::move(meter).error();
    }
  }
  const bool named = options.gpu && !options.gpu->empty() && *options.gpu != "none";
  if (named && !gpu_read && gpu_error) {
    return Fail(ErrorCode::kInvalid, "--gpu {}: {}", *options.gpu, gpu_error->message);
  }
  return meters;
}

const char* Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

std::string_view Name(SourceStatus status) {
  switch (status) {
    case SourceStatus::kOk:
      return "ok";
    case SourceStatus::kDenied:
      return "denied";
    case SourceStatus::kAbsent:
      return "absent";
    case SourceStatus::kUnsupported:
      return "unsupported";
  }
  return "absent";
}

MeterOptions MeterOptions::FromEnvironment() {
  MeterOptions options;
  if (const char* root = Environment("PERMILLE_SYSFS_ROOT")) options.sysfs_root = root;
  if (const char* library = Environment("PERMILLE_NVML_LIB")) options.nvml_library = library;
  if (const char* library = Environment("PERMILLE_AMDSMI_LIB")) options.amdsmi_library = library;
  // Set but empty means "no GPU", which is not the same as unset.
  for (const char* name : {"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"}) {
    if (options.visible_devices) break;
    if (const char* visible = std::getenv(name)) options.visible_devices = visible;
  }
  return options;
}

std::span<const MeterEntry> Meters() {
  return kMeters;
}

Result<std::unique_ptr<Meter>> MakeMeter(std::string_view spec, const MeterOptions& options) {
  const std::size_t colon = spec.find(':');
  const std::string_view name = spec.substr(0, colon);
  const std::string_view argument =
      colon == std::string_view::npos ? std::string_view{} : spec.substr(colon + 1);
  const auto entry = std::ranges::find(kMeters, name, &MeterEntry::name);
  if (entry == kMeters.end()) {
    std::string known;
    for (const MeterEntry& row : kMeters)
      known += fmt::format("{}{}", known.empty() ? "" : ", ", row.name);
    return Fail(ErrorCode::kInvalid, "--meter: there is no meter '{}' (known: {})", name, known);
  }
  return entry->make(options, argument);
}

Result<std::vector<std::unique_ptr<Meter>>> MakeMeters(std::string_view spec,
                                                       const MeterOptions& options) {
  if (spec.empty() || spec == "auto") return MakeEveryMeter(options);
  std::vector<std::unique_ptr<Meter>> meters;
  // replay and fake take the rest of the text as their argument, commas included.
  while (!spec.empty()) {
    const bool whole = IsExplicitOnly(spec.substr(0, spec.find(':')));
    const std::size_t comma = whole ? std::string_view::npos : spec.find(',');
    PERMILLE_ASSIGN(auto meter, MakeMeter(spec.substr(0, comma), options));
    meters.push_back(std::move(meter));
    spec = comma == std::string_view::npos ? std::string_view{} : spec.substr(comma + 1);
  }
  const auto rank = [](const std::unique_ptr<Meter>& meter) {
    return std::ranges::find(kMeters, meter->name(), &MeterEntry::name) - kMeters.begin();
  };
  std::ranges::stable_sort(meters, {}, rank);
  return meters;
}

std::vector<SourceReport> ProbeMeters(const MeterOptions& options) {
  std::vector<SourceReport> reports;
  for (const MeterEntry& entry : kMeters) {
    for (SourceReport& report : entry.probe(options)) reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace permille
