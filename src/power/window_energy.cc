// SPDX-License-Identifier: Apache-2.0
#include "power/window_energy.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/csv.h"

namespace permille {
namespace {

constexpr double kCrossCheckLimit = 0.05;

const Channel* FindChannel(std::span<const Channel> channels, std::string_view id) {
  const auto found = std::ranges::find(channels, id, &Channel::id);
  return found == channels.end() ? nullptr : &*found;
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
  if (channel.quantity != Quantity::kEnergy || !channel.cross_check_of.empty()) return false;
  if (channel.component == Component::kGpu) return true;
  return channel.component == Component::kCpu && channel.id.starts_with("package");
}

// Edges: each is known to one count and to one update period; both uniform, so 1/sqrt(12) each,
// twice.
double EdgeUncertainty(const Channel& channel, const ChannelWindow& seen, Seconds duration) {
  if (!seen.energy || seen.energy->value() <= 0 || duration <= Seconds(0)) return 0;
  const double counts = channel.resolution ? *channel.resolution / *seen.energy : 0;
  const double periods = channel.period ? *channel.period / duration : 0;
  return std::sqrt((counts * counts + periods * periods) * 2 / 12);
}

ChannelEnergy FromHardware(const Channel& channel, const ChannelWindow& seen, Seconds duration) {
  ChannelEnergy out;
  out.channel = &channel;
  out.energy = *seen.energy;
  out.provenance = channel.provenance;
  if (channel.provenance == Provenance::kAssumed) out.rule = channel.scope;
  out.coverage = seen.coverage;
  out.standard_uncertainty = channel.standard_uncertainty;
  out.resolution = EdgeUncertainty(channel, seen, duration);
  return out;
}

ChannelEnergy FromRule(const Channel& channel, ModelledJoules joules, double coverage) {
  ChannelEnergy out;
  out.channel = &channel;
  out.energy = joules.energy;
  out.provenance = joules.provenance;
  out.rule = std::move(joules.rule);
  out.coverage = coverage;
  out.standard_uncertainty = joules.standard_uncertainty;
  return out;
}

// Whether `container` is a channel that holds this one's joules, at any level up.
bool IsInside(std::span<const Channel> channels, const Channel& channel, const Channel& container) {
  const Channel* at = &channel;
  // A chain longer than the list is a circle.
  for (std::size_t level = 0; level < channels.size() && !at->part_of.empty(); ++level) {
    if (at->part_of == container.id) return true;
    at = FindChannel(channels, at->part_of);
    if (at == nullptr) return false;
  }
  return false;
}

std::vector<ChannelEnergy> Outermost(std::span<const Channel> channels,
                                     const std::vector<ChannelEnergy>& candidates) {
  const bool board_read = std::ranges::any_of(candidates, [](const ChannelEnergy& energy) {
    return energy.channel->component == Component::kBoard && IsHardware(*energy.channel);
  });
  std::vector<ChannelEnergy> chosen;
  for (const ChannelEnergy& energy : candidates) {
    // A rule's joules are of a part that the board's own reading contains.
    if (board_read && !IsHardware(*energy.channel)) continue;
    const bool inside = std::ranges::any_of(candidates, [&](const ChannelEnergy& other) {
      return IsInside(channels, *energy.channel, *other.channel);
    });
    if (!inside) chosen.push_back(energy);
  }
  return chosen;
}

bool IsUsedDevice(const ChannelEnergy& energy) {
  const Channel& channel = *energy.channel;
  const bool device = channel.component == Component::kGpu ||
                      channel.component == Component::kCpu || channel.component == Component::kRam;
  return device && channel.use != Use::kPresentNotUsed;
}

}  // namespace

CpuFacts ProcessorOf(std::span<const Channel> channels) {
  CpuFacts cpu;
  for (const Channel& channel : channels) {
    if (channel.quantity != Quantity::kLoad) continue;
    if (const auto model = channel.facts.find("model_name"); model != channel.facts.end())
      cpu.model_name = model->second;
    if (const auto sockets = Fact(channel, "sockets"))
      cpu.sockets = std::max(1, static_cast<int>(*sockets));
    if (const auto cores = Fact(channel, "logical_cores"))
      cpu.logical_cores = std::max(1, static_cast<int>(*cores));
    if (const auto tdp = Fact(channel, "tdp_watts")) cpu.tdp = Watts(*tdp);
  }
  return cpu;
}

std::vector<ChannelEnergy> WindowEnergies(std::span<const Channel> channels, const Window& window,
                                          Accounting accounting, const MachineFacts& machine) {
  const bool native = accounting == Accounting::kNative;
  const bool package_read = std::ranges::any_of(channels, [](const Channel& channel) {
    return channel.component == Component::kCpu && CodeCarbonReads(channel);
  });
  std::vector<ChannelEnergy> out;
  for (const ChannelWindow& seen : window.channels) {
    const Channel* channel = FindChannel(channels, seen.channel);
    if (channel == nullptr) continue;
    const bool counts = native && channel->cross_check_of.empty();
    if (IsHardware(*channel)) {
      if ((counts || (!native && CodeCarbonReads(*channel))) && seen.energy)
        out.push_back(FromHardware(*channel, seen, window.duration));
    } else if (channel->quantity == Quantity::kLoad) {
      if (!seen.series.empty() && (counts || (!native && !package_read)))
        out.push_back(FromRule(*channel,
                               CpuJoules(accounting, machine.cpu, seen.series, window.duration),
                               seen.coverage));
    } else if (const auto total = Fact(*channel, "bytes_total"); total && (counts || !native)) {
      out.push_back(FromRule(*channel,
                             RamJoules(accounting, Bytes(*total), machine.arm, window.duration),
                             seen.coverage));
    }
  }
  return out;
}

std::vector<ChannelEnergy> MachineChannels(std::span<const Channel> channels,
                                           const std::vector<ChannelEnergy>& energies) {
  return Outermost(channels, energies);
}

std::vector<ChannelEnergy> DeviceChannels(std::span<const Channel> channels,
                                          const std::vector<ChannelEnergy>& energies) {
  std::vector<ChannelEnergy> devices;
  std::ranges::copy_if(energies, std::back_inserter(devices), IsUsedDevice);
  // A machine where only the board as a whole is read: its joules are the best there is for the
  // work, too.
  if (devices.empty()) return MachineChannels(channels, energies);
  return Outermost(channels, devices);
}

std::vector<std::string> CrossCheckFlags(std::span<const Channel> channels, const Window& window) {
  std::vector<std::string> flags;
  for (const ChannelWindow& seen : window.channels) {
    const Channel* channel = FindChannel(channels, seen.channel);
    if (channel == nullptr || channel->cross_check_of.empty() || !IsHardware(*channel) ||
        !seen.energy)
      continue;
    // Only a channel named after its twin states the very same joules: gpu-0-power, package-0@perf.
    const Channel* twin = FindChannel(channels, channel->cross_check_of);
    if (twin == nullptr || !channel->id.starts_with(twin->id)) continue;
    const auto main = std::ranges::find(window.channels, twin->id, &ChannelWindow::channel);
    if (main == window.channels.end() || !main->energy || main->energy->value() <= 0) continue;
    if (std::abs(*seen.energy / *main->energy - 1) > kCrossCheckLimit)
      flags.push_back("cross_check:" + twin->id);
  }
  return flags;
}

}  // namespace permille
