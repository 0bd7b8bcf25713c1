// SPDX-License-Identifier: Apache-2.0
#include "analyse/imported_energy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/csv.h"

namespace permille {
namespace {

constexpr Seconds kLongEnough(10);

std::optional<double> Fact(const Channel& channel, const char* key) {
  const auto found = channel.facts.find(key);
  return found == channel.facts.end() ? std::nullopt : ParseNumber(found->second);
}

const Channel* FindChannel(const RunRecord& run, std::string_view id) {
  const auto found = std::ranges::find(run.channels, id, &Channel::id);
  return found == run.channels.end() ? nullptr : &*found;
}

/// The channel that counts several GPUs as one.
const Channel* GpuChannel(const RunRecord& run) {
  const auto found = std::ranges::find_if(run.channels, [](const Channel& channel) {
    return channel.component == Component::kGpu && channel.facts.contains("devices");
  });
  return found == run.channels.end() ? nullptr : &*found;
}

std::optional<Joules> EnergyOf(const Window& window, const Channel& channel) {
  const auto seen = std::ranges::find(window.channels, channel.id, &ChannelWindow::channel);
  return seen == window.channels.end() ? std::nullopt : seen->energy;
}

/// Mean power of all GPUs together while the model was loaded: of the first load window, before a
/// model is moved to a GPU.
std::optional<Watts> LoadPower(const RunRecord& run, const Channel& gpu) {
  const Window* load = FindWindow(run, Phase::kLoad);
  if (load == nullptr || load->duration <= Seconds(0)) return std::nullopt;
  const auto energy = EnergyOf(*load, gpu);
  if (!energy) return std::nullopt;
  return *energy / load->duration;
}

/// The uncertainty that the rule behind a logged constant has.
std::optional<double> RuleUncertainty(const Channel& channel, Accounting accounting,
                                      Seconds duration) {
  if (channel.component == Component::kCpu)
    return CpuJoules(accounting, CpuFacts(), 0.5, duration).standard_uncertainty;
  const auto bytes = Fact(channel, "bytes_total");
  if (channel.component == Component::kRam && bytes)
    // That of any rule from size alone. How far this one lies from ours is no scatter: --accounting
    // native shows it.
    return RamJoules(Accounting::kNative, Bytes(*bytes), false, duration).standard_uncertainty;
  return std::nullopt;
}

/// Take from all GPUs' joules what those that did not work drew.
void KeepWorkingGpus(const RunRecord& run, const Window& window, ChannelEnergy& gpu) {
  const auto idle = IdleGpuPower(run);
  const auto devices = Fact(*gpu.channel, "devices");
  const auto used = Fact(*gpu.channel, "devices_used");
  if (!idle || !devices || !used || *used >= *devices) return;
  const double others = *devices - *used;
  gpu.energy -= *idle * others * window.duration;
  gpu.provenance = Provenance::kModelled;
  gpu.rule = fmt::format("counters of {:g} GPUs less {:g} x {:.1f} W, a GPU's mean while loading",
                         *devices, others, idle->value());
}

}  // namespace

bool IsImported(const Cell& cell) {
  return cell.engine == "imported";
}

std::vector<ChannelEnergy> ImportedEnergies(const ReadableRun& run, const Window& window,
                                            Accounting accounting, Attribution attribution) {
  std::vector<ChannelEnergy> out;
  for (const ChannelWindow& seen : window.channels) {
    const Channel* channel = FindChannel(*run.run, seen.channel);
    if (channel == nullptr || !seen.energy) continue;
    ChannelEnergy energy;
    energy.channel = channel;
    energy.energy = *seen.energy;
    energy.provenance = channel->provenance;
    energy.coverage = seen.coverage;
    energy.standard_uncertainty = channel->standard_uncertainty;
    if (channel->provenance != Provenance::kMeasured) {
      energy.rule = channel->scope;
      energy.standard_uncertainty =
          RuleUncertainty(*channel, Accounting::kCodeCarbon231, window.duration);
    }
    const auto bytes = Fact(*channel, "bytes_total");
    if (accounting != Accounting::kCodeCarbon231 && channel->component == Component::kRam &&
        bytes) {
      ModelledJoules ram = RamJoules(accounting, Bytes(*bytes), run.machine.arm, window.duration);
      energy.energy = ram.energy;
      energy.provenance = ram.provenance;
      energy.rule = std::move(ram.rule);
      energy.standard_uncertainty = ram.standard_uncertainty;
      energy.coverage = 1;
    }
    if (attribution != Attribution::kMachine && channel == GpuChannel(*run.run))
      KeepWorkingGpus(*run.run, window, energy);
    out.push_back(std::move(energy));
  }
  return out;
}

std::optional<Watts> IdleGpuPower(const RunRecord& run) {
  const Channel* gpu = GpuChannel(run);
  if (gpu == nullptr || !gpu->facts.contains("devices_used")) return std::nullopt;
  const auto power = LoadPower(run, *gpu);
  if (!power) return std::nullopt;
  return *power / Fact(*gpu, "devices").value_or(1);
}

std::optional<RunEnergy> ImportedMarginal(const ReadableRun& run) {
  const Channel* gpu = GpuChannel(*run.run);
  const Window* query = FindWindow(*run.run, Phase::kQuery);
  if (gpu == nullptr || query == nullptr || run.run->queries <= 0) return std::nullopt;
  const auto idle = LoadPower(*run.run, *gpu);
  const auto energy = EnergyOf(*query, *gpu);
  if (!idle || !energy) return std::nullopt;
  ChannelEnergy above;
  above.channel = gpu;
  above.energy =
      (*energy - *idle * query->duration) * (1000 / static_cast<double>(run.run->queries));
  above.provenance = Provenance::kModelled;
  above.rule = "all GPUs' counters less their mean power while loading: a lower bound";
  above.coverage = 1;
  return RunEnergy{{above}, above.energy};
}

std::optional<Watts> GpuFloor(std::span<const ReadableRun> runs) {
  std::optional<Watts> floor;
  for (const ReadableRun& run : runs) {
    const Channel* gpu = GpuChannel(*run.run);
    if (gpu == nullptr) continue;
    const double devices = Fact(*gpu, "devices").value_or(1);
    for (const Window& window : run.run->windows) {
      const auto energy = EnergyOf(window, *gpu);
      if (!energy || window.duration <= kLongEnough || window.phase == Phase::kSpan) continue;
      const Watts one = *energy / window.duration / devices;
      floor = std::min(floor.value_or(one), one);
    }
  }
  return floor;
}

std::optional<GpuShare> GpusOf(const RunRecord& run) {
  const Channel* gpu = GpuChannel(run);
  if (gpu == nullptr) return std::nullopt;
  GpuShare share;
  share.counted = static_cast<int>(Fact(*gpu, "devices").value_or(0));
  if (const auto used = Fact(*gpu, "devices_used")) share.used = static_cast<int>(*used);
  const Window* query = FindWindow(run, Phase::kQuery);
  const auto idle = IdleGpuPower(run);
  if (query != nullptr && idle && share.used && run.queries > 0) {
    share.idle_wh =
        ToWh(*idle * static_cast<double>(share.counted - *share.used) * query->duration) * 1000 /
        static_cast<double>(run.queries);
  }
  return share;
}

}  // namespace permille
