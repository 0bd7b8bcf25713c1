// SPDX-License-Identifier: Apache-2.0
#include "analyse/cell_energy.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "analyse/imported_energy.h"

namespace permille {
namespace {

constexpr double kPerThousand = 1000;

Joules Sum(const std::vector<ChannelEnergy>& channels) {
  Joules total;
  for (const ChannelEnergy& channel : channels) total += channel.energy;
  return total;
}

bool Disturbs(std::string_view flag) {
  return flag == "other_load" || flag == "steal" || flag == "foreign_gpu_process" ||
         flag.starts_with("throttled");
}

}  // namespace

const Window* FindWindow(const RunRecord& run, Phase phase) {
  const auto found = std::ranges::find(run.windows, phase, &Window::phase);
  return found == run.windows.end() ? nullptr : &*found;
}

ReadableRun MakeReadable(const RunRecord& run, const std::vector<CpuPowerEntry>& table) {
  ReadableRun readable{&run, {}};
  CpuFacts& cpu = readable.machine.cpu;
  cpu = ProcessorOf(run.channels);
  const auto machine = run.environment.find("machine");
  readable.machine.arm = machine != run.environment.end() && machine->second.starts_with("aarch");
  if (cpu.tdp || cpu.model_name.empty()) return readable;
  if (const auto entry = FindCpuPower(table, cpu.model_name)) cpu.tdp = entry->tdp;
  return readable;
}

std::vector<ChannelEnergy> EnergiesIn(const ReadableRun& run, const Window& window,
                                      Accounting accounting, Attribution attribution) {
  if (IsImported(*run.run)) return ImportedEnergies(run, window, accounting, attribution);
  const std::vector<Channel>& channels = run.run->channels;
  const auto energies = WindowEnergies(channels, window, accounting, run.machine);
  return attribution == Attribution::kMachine ? MachineChannels(channels, energies)
                                              : DeviceChannels(channels, energies);
}

RunEnergy QueryEnergy(const ReadableRun& run, Accounting accounting, Attribution attribution) {
  RunEnergy out;
  const Window* window = FindWindow(*run.run, Phase::kQuery);
  if (window == nullptr || run.run->queries <= 0) return out;
  out.channels = EnergiesIn(run, *window, accounting, attribution);
  for (ChannelEnergy& channel : out.channels) {
    channel.energy *= kPerThousand / static_cast<double>(run.run->queries);
  }
  out.total = Sum(out.channels);
  return out;
}

std::optional<Baseline> LoadedIdle(const ReadableRun& run, Accounting accounting) {
  Baseline baseline;
  std::vector<Watts> sums;
  for (const Window& window : run.run->windows) {
    if (window.phase != Phase::kIdleLoaded || window.duration <= Seconds(0)) continue;
    const auto channels = EnergiesIn(run, window, accounting, Attribution::kDevice);
    if (channels.empty()) continue;
    for (const ChannelEnergy& channel : channels) {
      baseline.channels[channel.channel->id] += channel.energy / window.duration;
    }
    sums.push_back(Sum(channels) / window.duration);
  }
  if (sums.empty()) return std::nullopt;
  for (auto& [id, power] : baseline.channels) power /= static_cast<double>(sums.size());
  const auto [low, high] = std::ranges::minmax(sums);
  baseline.half_spread = (high - low) / 2;
  return baseline;
}

std::optional<RunEnergy> MarginalEnergy(const ReadableRun& run, Accounting accounting,
                                        Joules& drift) {
  if (IsImported(*run.run)) return ImportedMarginal(run);
  const auto baseline = LoadedIdle(run, accounting);
  const Window* query = FindWindow(*run.run, Phase::kQuery);
  if (!baseline || query == nullptr || run.run->queries <= 0) return std::nullopt;
  const Seconds time = query->duration * (kPerThousand / static_cast<double>(run.run->queries));
  RunEnergy out = QueryEnergy(run, accounting, Attribution::kDevice);
  for (ChannelEnergy& channel : out.channels) {
    const auto idle = baseline->channels.find(channel.channel->id);
    if (idle != baseline->channels.end()) channel.energy -= idle->second * time;
  }
  out.total = Sum(out.channels);
  drift = baseline->half_spread * time / std::sqrt(3.0);
  return out;
}

std::string MarginalRefusal(std::span<const ReadableRun> runs) {
  for (const ReadableRun& run : runs) {
    if (IsImported(*run.run)) {
      if (!ImportedMarginal(run)) return "the log holds no load phase to take for a baseline";
      continue;
    }
    for (const Window& window : run.run->windows) {
      if (window.phase != Phase::kQuery && window.phase != Phase::kIdleLoaded) continue;
      for (const std::string& flag : window.flags) {
        if (Disturbs(flag)) return fmt::format("{} in the {} window", flag, Name(window.phase));
      }
    }
    if (!LoadedIdle(run, Accounting::kNative)) {
      return "no loaded-idle baseline (--baseline 0, or nothing could be read)";
    }
  }
  return {};
}

Estimate MakeEstimate(std::span<const double> values, std::span<const BudgetTerm> other_terms) {
  Estimate out;
  out.n = values.size();
  out.mean = Mean(values).value_or(0);
  out.std = SampleStd(values);
  out.repeatability = MeanInterval(values);
  if (!out.repeatability || out.mean == 0) return out;
  double variance = 0;
  for (const BudgetTerm& term : other_terms) variance += term.relative * term.relative;
  // Half a t interval stands for one sigma, so that k = 2 alone gives the t interval back.
  const double half = (out.repeatability->high - out.repeatability->low) / 4 / out.mean;
  const double sigma = std::sqrt(variance + half * half);
  // On the logarithmic scale: a model that may be wrong by a factor of two is so both ways, and
  // joules above nothing cannot be below it. For a few per cent this is mean x (1 +/- 2 sigma).
  out.expanded = out.mean > 0
                     ? Interval{out.mean * std::exp(-2 * sigma), out.mean * std::exp(2 * sigma)}
                     : Interval{out.mean * (1 + 2 * sigma), out.mean * (1 - 2 * sigma)};
  return out;
}

std::vector<BudgetTerm> SourceTerms(std::span<const RunEnergy> runs) {
  std::map<std::string, double>
      sums;  // term -> joules of standard uncertainty, summed over repeats
  std::map<std::string, double> squares;
  double total = 0;
  for (const RunEnergy& run : runs) {
    total += run.total.value();
    for (const ChannelEnergy& channel : run.channels) {
      const double joules = channel.energy.value();
      const bool rule =
          channel.provenance == Provenance::kModelled || channel.provenance == Provenance::kAssumed;
      const std::string name =
          fmt::format("{}:{}", rule ? "model" : "source", channel.channel->source);
      sums[name] += joules * channel.standard_uncertainty.value_or(0);
      // The part that no good reading bounded lies anywhere between nothing and its double.
      sums["coverage"] += joules * (1 - channel.coverage) / std::sqrt(3.0);
      squares["resolution"] += std::pow(joules * channel.resolution, 2);
    }
  }
  std::vector<BudgetTerm> terms;
  if (total <= 0) return terms;
  for (const auto& [name, joules] : sums) {
    if (joules > 0) terms.push_back({name, joules / total});
  }
  for (const auto& [name, square] : squares) {
    if (square > 0) terms.push_back({name, std::sqrt(square) / total});
  }
  return terms;
}

}  // namespace permille
