// SPDX-License-Identifier: Apache-2.0
#include "meter/channel_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "meter/hwmon_sensors.h"

namespace permille {
namespace {

// GPUs that their own maker's driver states; two of them never describe the same joules. Intel's
// come by hwmon, among sensors of boards and rails that may well be of a GPU listed elsewhere.
bool IsOwnDevice(const Channel& channel) {
  if (channel.component != Component::kGpu) return false;
  const auto driver = channel.facts.find("driver");
  const bool intel = channel.source == "hwmon" && driver != channel.facts.end() &&
                     IsIntelGpuDriver(driver->second);
  return intel || channel.source == "nvml" || channel.source == "amdsmi";
}

void Rename(std::vector<Channel>& channels, const std::string& source, const std::string& from,
            const std::string& to) {
  for (Channel& channel : channels) {
    if (channel.source != source) continue;
    if (channel.id == from) channel.id = to;
    if (channel.part_of == from) channel.part_of = to;
    if (channel.cross_check_of == from) channel.cross_check_of = to;
  }
}

bool Counts(const Channel& channel) {
  return channel.cross_check_of.empty();
}

// A whole-board or socket sensor says which components' joules it holds (facts["contains"]:
// "cpu,ram"); the channels of those components are then inside it.
void PutInsideBoards(std::vector<Channel>& channels) {
  for (const Channel& board : channels) {
    const auto contains = board.facts.find("contains");
    if (contains == board.facts.end() || !Counts(board)) continue;
    for (Channel& inner : channels) {
      const bool listed = contains->second.find(Name(inner.component)) != std::string::npos;
      const bool free = inner.part_of.empty() && !inner.facts.contains("contains");
      if (listed && free && Counts(inner) && inner.id != board.id) inner.part_of = board.id;
    }
  }
}

// What lies in a channel that has become a cross-check lies in the one that counts instead: dram of
// powercap in psys of perf.
void LeaveCrossChecks(std::vector<Channel>& channels) {
  for (Channel& channel : channels) {
    const auto container = std::ranges::find(channels, channel.part_of, &Channel::id);
    if (container != channels.end() && !container->cross_check_of.empty()) {
      channel.part_of = container->cross_check_of;
    }
  }
}

}  // namespace

Result<std::vector<Channel>> ResolveChannels(std::vector<Channel> channels) {
  std::map<std::string, std::string> owner;  // id -> source
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string id = channels[i].id;
    const std::string source = channels[i].source;
    auto [place, fresh] = owner.emplace(id, source);
    if (fresh) continue;
    if (place->second == source)
      return Fail(ErrorCode::kInvalid, "{}: channel '{}' is stated twice", source, id);
    const std::string renamed = id + "@" + source;
    if (!owner.emplace(renamed, source).second) {
      return Fail(ErrorCode::kInvalid, "{}: channel '{}' is stated twice", source, id);
    }
    Rename(channels, source, id, renamed);
  }

  std::map<Component, const Channel*> best;
  for (const Channel& channel : channels) {
    if (!channel.cross_check_of.empty()) continue;
    best.emplace(channel.component, &channel);
  }
  for (Channel& channel : channels) {
    if (IsOwnDevice(channel) || !channel.cross_check_of.empty()) continue;
    const Channel& first = *best.at(channel.component);
    if (channel.source == first.source) continue;
    // package-1@rapl-powercap checks package-1 where there is one, else stands against the
    // component's first.
    const std::string twin = channel.id.substr(0, channel.id.find('@'));
    const auto owned = owner.find(twin);
    channel.cross_check_of =
        owned != owner.end() && owned->second == first.source ? twin : first.id;
    channel.part_of.clear();
  }
  LeaveCrossChecks(channels);
  PutInsideBoards(channels);
  return channels;
}

}  // namespace permille
