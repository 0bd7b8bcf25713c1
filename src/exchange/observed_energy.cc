// SPDX-License-Identifier: Apache-2.0
#include "exchange/observed_energy.h"

#include <string>

namespace permille {
namespace {

const Channel* Find(std::span<const Channel> channels, const std::string& id) {
  for (const Channel& channel : channels) {
    if (channel.id == id) return &channel;
  }
  return nullptr;
}

// Whether `inside` lies in a channel of the same component, or in any at all. Chains are as long as
// there are channels at most: a damaged record may hold a circle.
bool LiesInside(std::span<const Channel> channels, const Channel& inside, bool same_component) {
  const Channel* at = &inside;
  for (std::size_t steps = 0; steps < channels.size(); ++steps) {
    at = Find(channels, at->part_of);
    if (at == nullptr) return false;
    if (!same_component || at->component == inside.component) return true;
  }
  return true;
}

std::optional<Joules> EnergyOf(const Channel& channel, std::span<const Window> windows) {
  Joules sum;
  for (const Window& window : windows) {
    std::optional<Joules> energy;
    for (const ChannelWindow& shown : window.channels) {
      if (shown.channel == channel.id) energy = shown.energy;
    }
    if (!energy) return std::nullopt;
    sum += *energy;
  }
  return sum;
}

/// A sum that is unknown as soon as one of its terms is.
struct Sum {
  std::optional<Joules> joules;
  bool known = true;

  void Add(std::optional<Joules> term) {
    if (!term) known = false;
    if (term) joules = joules.value_or(Joules(0)) + *term;
  }
  std::optional<Joules> value() const { return known ? joules : std::nullopt; }
};

}  // namespace

ComponentJoules ObservedJoules(std::span<const Channel> channels, std::span<const Window> windows) {
  if (windows.empty()) return {};
  Sum cpu, gpu, ram, total;
  for (const Channel& channel : channels) {
    if (!channel.cross_check_of.empty()) continue;
    const std::optional<Joules> energy = EnergyOf(channel, windows);
    if (!LiesInside(channels, channel, true)) {
      if (channel.component == Component::kCpu) cpu.Add(energy);
      if (channel.component == Component::kGpu) gpu.Add(energy);
      if (channel.component == Component::kRam) ram.Add(energy);
    }
    if (!LiesInside(channels, channel, false)) total.Add(energy);
  }
  return {cpu.value(), gpu.value(), ram.value(), total.value()};
}

}  // namespace permille
