// SPDX-License-Identifier: Apache-2.0
#include "meter/rapl_domains.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string_view>
#include <tuple>

#include "meter/sys_file.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

// In order of preference for counters that several of them show.
constexpr auto kDrivers =
    std::to_array<std::string_view>({"intel-rapl", "intel-rapl-tpmi", "intel-rapl-mmio"});

/// A zone's own name in the tree: "intel-rapl:1:0" is driver 0, zone 0 inside zone 1.
struct ZoneKey {
  std::size_t driver = 0;
  std::vector<int> path;  // empty: the driver's own folder
  auto operator<=>(const ZoneKey&) const = default;
};

std::optional<ZoneKey> ParseZoneKey(std::string_view name) {
  ZoneKey key;
  const std::string_view driver = name.substr(0, name.find(':'));
  const auto row = std::ranges::find(kDrivers, driver);
  if (row == kDrivers.end()) return std::nullopt;
  key.driver = static_cast<std::size_t>(row - kDrivers.begin());
  name.remove_prefix(driver.size());
  while (!name.empty()) {
    name.remove_prefix(1);
    const auto index = ParseCount(name.substr(0, name.find(':')));
    if (!index || *index > 100000) return std::nullopt;
    key.path.push_back(static_cast<int>(*index));
    name.remove_prefix(std::min(name.find(':'), name.size()));
  }
  return key;
}

using Zones = std::map<ZoneKey, std::string>;

void CollectZones(const fs::path& folder, int depth, Zones& zones, bool& masked) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const auto key = ParseZoneKey(entry.path().filename().string());
    if (!key) continue;
    if (!entry.is_directory(error)) {  // follows links
      masked = masked || !entry.exists(error);
      continue;
    }
    if (!key->path.empty()) zones.emplace(*key, entry.path().string());
    constexpr int kDeepest = 4;
    if (depth < kDeepest) CollectZones(entry.path(), depth + 1, zones, masked);
  }
}

/// Split the number off "package-12".
std::optional<int> NumberAfter(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  const auto number = ParseCount(text.substr(prefix.size()));
  return number && *number < 100000 ? std::optional<int>(static_cast<int>(*number)) : std::nullopt;
}

/// What a zone calls itself, before it is known which package an inner zone belongs to.
std::optional<RaplPlace> ParseZoneName(std::string_view name) {
  if (name == "dram") return RaplPlace{RaplKind::kDram, 0, std::nullopt};
  if (name == "core") return RaplPlace{RaplKind::kCore, 0, std::nullopt};
  if (name == "uncore") return RaplPlace{RaplKind::kUncore, 0, std::nullopt};
  if (name == "psys") return RaplPlace{RaplKind::kPsys, 0, std::nullopt};
  if (const auto number = NumberAfter(name, "psys-"))
    return RaplPlace{RaplKind::kPsys, *number, std::nullopt};
  const std::size_t die = name.find("-die-");
  const auto package = NumberAfter(name.substr(0, die), "package-");
  if (!package) return std::nullopt;
  if (die == std::string_view::npos) return RaplPlace{RaplKind::kPackage, *package, std::nullopt};
  const auto die_number = NumberAfter(name.substr(die), "-die-");
  if (!die_number) return std::nullopt;
  return RaplPlace{RaplKind::kPackage, *package, die_number};
}

struct Found {
  RaplDomain domain;
  std::size_t driver = 0;
};

std::optional<Joules> ReadRange(const std::string& folder) {
  const auto text = ReadSysText(folder + "/max_energy_range_uj");
  const auto range = text ? ParseCount(*text) : std::nullopt;
  if (!range || *range == 0) return std::nullopt;
  const auto now = ReadSysText(folder + "/energy_uj");
  const auto value = now ? ParseCount(*now) : std::nullopt;
  if (value && *value > *range) return std::nullopt;
  return Joules(static_cast<double>(*range) / 1e6);
}

std::vector<Found> ReadZones(const Zones& zones, std::vector<std::string>& notes) {
  std::map<ZoneKey, RaplPlace> places;  // a zone sorts after the one it lies in
  std::map<RaplKind, int> orphans;
  std::vector<Found> found;
  for (const auto& [key, folder] : zones) {
    const std::string name = ReadSysText(folder + "/name").value_or("");
    auto place = ParseZoneName(name);
    if (!place) {
      notes.push_back(fmt::format("{}: domain '{}' is not known", folder, name));
      continue;
    }
    if (place->kind != RaplKind::kPackage && place->kind != RaplKind::kPsys) {
      ZoneKey outer = key;
      outer.path.pop_back();
      if (const auto parent = places.find(outer); parent != places.end()) {
        place->package = parent->second.package;
        place->die = parent->second.die;
      } else {
        place->package = orphans[place->kind]++;
      }
    }
    places.emplace(key, *place);
    found.push_back(
        {{*place, folder, SysReadError(folder + "/energy_uj"), ReadRange(folder)}, key.driver});
  }
  return found;
}

bool StandsAtZero(const RaplDomain& domain) {
  return domain.read_error == 0 && ReadSysText(domain.folder + "/energy_uj") == "0";
}

/// The domains that hold joules of their own, each once.
std::vector<RaplDomain> Choose(std::vector<Found> found, const Machine& machine,
                               std::vector<std::string>& notes) {
  if (DiesShareCounters(machine)) {
    for (Found& each : found) each.domain.place.die.reset();
  }
  std::ranges::stable_sort(found, {}, [](const Found& each) {
    return std::tuple(each.domain.place, each.domain.read_error != 0, each.driver);
  });
  std::vector<RaplDomain> domains;
  for (Found& each : found) {
    RaplDomain& domain = each.domain;
    if (!domains.empty() && domains.back().place == domain.place) {
      notes.push_back(
          fmt::format("{} repeats {} and is not counted", domain.folder, domains.back().folder));
    } else if (domain.place.kind == RaplKind::kPsys && StandsAtZero(domain)) {
      notes.push_back(fmt::format("{} stands at 0 and is not counted", domain.folder));
    } else {
      domains.push_back(std::move(domain));
    }
  }
  return domains;
}

}  // namespace

std::optional<Joules> RaplDomain::resolution() const {
  if (!range) return std::nullopt;
  return std::max(*range / 4294967295.0, Joules(1e-6));
}

RaplTree FindRaplDomains(const std::string& root, const Machine& machine) {
  RaplTree tree;
  for (const char* place : {"sys/class/powercap", "sys/devices/virtual/powercap"}) {
    Zones zones;
    CollectZones(UnderRoot(root, place), 0, zones, tree.masked);
    if (zones.empty()) continue;
    tree.masked = false;
    tree.domains = Choose(ReadZones(zones, tree.notes), machine, tree.notes);
    break;
  }
  return tree;
}

}  // namespace permille
