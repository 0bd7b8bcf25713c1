// SPDX-License-Identifier: Apache-2.0
#include "analyse/channel_energy.h"

#include <algorithm>
#include <cmath>

#include "base/csv.h"
#include "catalog/catalog.h"

namespace permille {
namespace {

constexpr double kCrossCheckLimit = 0.05;

const Channel* FindChannel(const RunRecord& run, std::string_view id) {
  const auto found = std::ranges::find(run.channels, id, &Channel::id);
  return found == run.channels.end() ? nullptr : &*found;
}

std::optional<double> Fact(const Channel& channel, const std::string& key) {
  const auto found = channel.facts.find(key);
  return found == channel.facts.end() ? std::nullopt : ParseNumber(found->second);
}

bool IsHardware(const Channel& channel) {
  return channel.quantity == Quantity::kEnergy || channel.quantity == Quantity::kPower;
}

// Whether CodeCarbon would read this channel: RAPL packages and GPU counters; nothing else it
// measures.
bool CodeCarbonReads(const Channel& channel) {
  if (channel.component == Component::kGpu)
    return channel.quantity == Quantity::kEnergy && channel.cross_check_of.empty();
  return channel.component == Component::kCpu && channel.quantity == Quantity::kEnergy &&
         channel.id.starts_with("package") && channel.cross_check_of.empty();
}

// Edges: each is known to one count and to one update period; both uniform, so 1/sqrt(12) each,
// twice.
double EdgeUncertainty(const Channel& channel, const ChannelWindow& seen, Seconds duration) {
  if (!seen.energy || seen.energy->value() <= 0 || duration <= Seconds(0)) return 0;
  const double counts = channel.resolution ? *channel.resolution / *seen.energy : 0;
  const double periods = channel.period ? *channel.period / duration : 0;
  return std::sqrt((counts * counts + periods * periods) * 2 / 12);
}

ChannelEnergy Measured(const Channel& channel, const ChannelWindow& seen, Seconds duration) {
  ChannelEnergy out;
  out.channel = &channel;
  out.energy = *seen.energy;
  out.provenance = channel.provenance;
  out.coverage = seen.coverage;
  out.standard_uncertainty = channel.standard_uncertainty.value_or(0);
  out.resolution = EdgeUncertainty(channel, seen, duration);
  if (!IsHardware(channel)) return out;
  if (channel.provenance == Provenance::kAssumed) out.rule = channel.scope;
  return out;
}

ChannelEnergy Modelled(const Channel& channel, const ModelledJoules& joules, double coverage) {
  ChannelEnergy out;
  out.channel = &channel;
  out.energy = joules.energy;
  out.provenance = joules.provenance;
  out.rule = joules.rule;
  out.coverage = coverage;
  out.standard_uncertainty = joules.standard_uncertainty;
  return out;
}

}  // namespace

CpuFacts ProcessorOf(const RunRecord& run) {
  CpuFacts cpu;
  for (const Channel& channel : run.channels) {
    if (channel.quantity != Quantity::kLoad) continue;
    if (const auto model = channel.facts.find("model_name"); model != channel.facts.end()) {
      cpu.model_name = model->second;
    }
    if (const auto sockets = Fact(channel, "sockets"))
      cpu.sockets = std::max(1, static_cast<int>(*sockets));
    if (const auto cores = Fact(channel, "logical_cores"))
      cpu.logical_cores = std::max(1, static_cast<int>(*cores));
    if (const auto tdp = Fact(channel, "tdp_watts")) cpu.tdp = Watts(*tdp);
  }
  if (!cpu.tdp && !cpu.model_name.empty()) {
    if (const auto table = LoadCpuPower()) {
      if (const auto entry = FindCpuPower(*table, cpu.model_name)) cpu.tdp = entry->tdp;
    }
  }
  return cpu;
}

std::vector<ChannelEnergy> WindowEnergies(const RunRecord& run, const Window& window,
                                          Accounting accounting) {
  const bool native = accounting == Accounting::kNative;
  const bool package_read = std::ranges::any_of(run.channels, [](const Channel& channel) {
    return channel.component == Component::kCpu && CodeCarbonReads(channel);
  });
  std::vector<ChannelEnergy> out;
  for (const ChannelWindow& seen : window.channels) {
    const Channel* channel = FindChannel(run, seen.channel);
    if (channel == nullptr) continue;
    const bool counts = native ? channel->cross_check_of.empty() : CodeCarbonReads(*channel);
    if (IsHardware(*channel)) {
      if (counts && seen.energy) out.push_back(Measured(*channel, seen, window.duration));
    } else if (channel->quantity == Quantity::kLoad && !seen.series.empty()) {
      if (native ? counts : !package_read) {
        out.push_back(Modelled(
            *channel, CpuJoules(accounting, ProcessorOf(run), seen.series, window.duration),
            seen.coverage));
      }
    } else if (channel->quantity == Quantity::kBytes) {
      const auto total = Fact(*channel, "bytes_total");
      if (total && (!native || counts)) {
        const bool arm = run.environment.contains("machine") &&
                         run.environment.at("machine").starts_with("aarch");
        out.push_back(Modelled(*channel, RamJoules(accounting, Bytes(*total), arm, window.duration),
                               seen.coverage));
      }
    }
  }
  return out;
}

namespace {

bool UsedDevice(const ChannelEnergy& energy) {
  const Channel& channel = *energy.channel;
  const bool device = channel.component == Component::kGpu ||
                      channel.component == Component::kCpu || channel.component == Component::kRam;
  return device && channel.use != Use::kPresentNotUsed;
}

}  // namespace

std::vector<ChannelEnergy> ChannelsFor(const std::vector<ChannelEnergy>& energies,
                                       Attribution attribution) {
  std::vector<ChannelEnergy> candidates;
  for (const ChannelEnergy& energy : energies) {
    if (attribution == Attribution::kMachine || UsedDevice(energy)) candidates.push_back(energy);
  }
  std::vector<ChannelEnergy> chosen;
  for (const ChannelEnergy& energy : candidates) {
    const bool inside_another = std::ranges::any_of(candidates, [&](const ChannelEnergy& other) {
      return other.channel->id == energy.channel->part_of;
    });
    if (!inside_another) chosen.push_back(energy);
  }
  // A machine where only the board as a whole is read: its joules are the best there is for the
  // work, too.
  if (chosen.empty() && attribution != Attribution::kMachine)
    return ChannelsFor(energies, Attribution::kMachine);
  return chosen;
}

std::vector<std::string> CrossCheckFlags(const RunRecord& run, const Window& window) {
  std::vector<std::string> flags;
  for (const ChannelWindow& seen : window.channels) {
    const Channel* channel = FindChannel(run, seen.channel);
    // Only a channel that names its very twin can be compared: a power reading of the same device.
    if (channel == nullptr || channel->cross_check_of.empty() || !IsHardware(*channel) ||
        !seen.energy)
      continue;
    const auto main =
        std::ranges::find(window.channels, channel->cross_check_of, &ChannelWindow::channel);
    const Channel* main_channel = FindChannel(run, channel->cross_check_of);
    const bool twin = main_channel != nullptr && seen.channel.starts_with(main_channel->id);
    if (main == window.channels.end() || !main->energy || !twin || main->energy->value() <= 0)
      continue;
    if (std::abs(*seen.energy / *main->energy - 1) > kCrossCheckLimit)
      flags.push_back("cross_check:" + main->channel);
  }
  return flags;
}

}  // namespace permille
