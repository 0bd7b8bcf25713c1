// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "base/units.h"
#include "record/run_record.h"

// A run as an imported log leaves it, every joule known. For tests of how others' logs are read.

namespace permille {

/// Eight GPUs on one counter of which one worked, a constant for the processor, 3/8 W for each GiB.
/// The defaults: GPUs 400 W while loading for 20 s, 600 W for 100 s of 1,000 queries.
struct ImportedLog {
  std::string run_id = "run-1";
  std::string task = "text-classification";
  std::string dataset = "sst2";
  std::string variant = "default";
  std::string model = "a-model";
  int gpus = 8;
  std::optional<int> gpus_used = 1;
  double load_watts = 400;  ///< of all GPUs
  double load_seconds = 20;
  bool has_load = true;
  double query_watts = 600;  ///< of all GPUs
  double query_seconds = 100;
  double ram_gib = 1000;
  std::int64_t queries = 1000;
  int repeat = 0;
  std::string grams_per_kwh = "138.75";  ///< empty: the log states no emissions
};

constexpr double kLoggedCpuWatts = 42.5;
constexpr double kLoggedRamWattsPerGib = 0.375;

inline Channel LoggedChannel(const std::string& id, Component component, Provenance provenance) {
  Channel channel;
  channel.id = id;
  channel.component = component;
  channel.source = "codecarbon";
  channel.provenance = provenance;
  return channel;
}

inline Window LoggedWindow(const ImportedLog& log, Phase phase, double seconds, double gpu_watts) {
  Window window;
  window.phase = phase;
  window.duration = Seconds(seconds);
  const std::pair<const char*, double> watts[] = {{"gpu-all", gpu_watts},
                                                  {"cpu", kLoggedCpuWatts},
                                                  {"ram", kLoggedRamWattsPerGib * log.ram_gib}};
  for (const auto& [id, power] : watts) {
    ChannelWindow seen;
    seen.channel = id;
    seen.energy = Watts(power) * Seconds(seconds);
    seen.coverage = 1;
    window.channels.push_back(seen);
  }
  return window;
}

inline RunRecord Imported(const ImportedLog& log = {}) {
  RunRecord run;
  run.run_id = log.run_id;
  run.cell.task = log.task;
  run.cell.dataset = log.dataset;
  run.cell.variant = log.variant;
  run.cell.model = log.model;
  run.cell.engine = "imported";
  run.cell.key = CellKey(run.cell);
  run.repeat = run.block = log.repeat;
  run.queries = log.queries;
  Channel gpu = LoggedChannel("gpu-all", Component::kGpu, Provenance::kMeasured);
  gpu.facts["devices"] = std::to_string(log.gpus);
  if (log.gpus_used) gpu.facts["devices_used"] = std::to_string(*log.gpus_used);
  Channel ram = LoggedChannel("ram", Component::kRam, Provenance::kModelled);
  ram.facts["bytes_total"] = fmt::format("{}", log.ram_gib * 1024 * 1024 * 1024);
  run.channels = {gpu, LoggedChannel("cpu", Component::kCpu, Provenance::kAssumed), ram};
  if (log.has_load)
    run.windows.push_back(LoggedWindow(log, Phase::kLoad, log.load_seconds, log.load_watts));
  run.windows.push_back(LoggedWindow(log, Phase::kQuery, log.query_seconds, log.query_watts));
  if (!log.grams_per_kwh.empty()) run.environment["logged_g_per_kwh"] = log.grams_per_kwh;
  return run;
}

}  // namespace permille
