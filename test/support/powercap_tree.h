// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/temp_tree.h"

namespace permille {

/// One powercap zone: "intel-rapl:1:0", what it calls itself, its counter.
struct PowercapZone {
  std::string key;
  std::string name;
  std::int64_t energy_uj = 0;
  std::string range_uj = "262143328850";  ///< of a Skylake-SP package
};

/// Where the kernel keeps a zone: each inside the one it belongs to, all inside their driver's
/// folder.
inline std::string PowercapFolder(const std::string& key) {
  std::string folder = "sys/devices/virtual/powercap/" + key.substr(0, key.find(':'));
  for (std::size_t colon = key.find(':'); colon != std::string::npos;) {
    colon = key.find(':', colon + 1);
    folder += "/" + key.substr(0, colon);
  }
  return folder;
}

inline void SetEnergy(TempTree& tree, const std::string& key, std::int64_t energy_uj) {
  tree.AddFile(PowercapFolder(key) + "/energy_uj", fmt::format("{}\n", energy_uj));
}

/// Lay zones out as a kernel does: nested folders under /sys/devices, and a flat set of links, one
/// for each zone and each driver, in /sys/class/powercap.
inline void AddPowercap(TempTree& tree, const std::vector<PowercapZone>& zones) {
  const std::string base = "sys/devices/virtual/powercap/";
  for (const PowercapZone& zone : zones) {
    const std::string folder = PowercapFolder(zone.key);
    tree.AddFile(folder + "/name", zone.name + "\n");
    if (!zone.range_uj.empty()) tree.AddFile(folder + "/max_energy_range_uj", zone.range_uj + "\n");
    tree.AddFile(folder + "/constraint_0_name", "long_term\n");
    SetEnergy(tree, zone.key, zone.energy_uj);
    const std::string driver = zone.key.substr(0, zone.key.find(':'));
    for (const std::string& target : {base + driver, folder}) {
      const std::string link = "sys/class/powercap" + target.substr(target.rfind('/'));
      if (!std::filesystem::exists(tree.Path(link))) tree.AddLink(link, "../../../" + target);
    }
  }
}

/// /proc/cpuinfo of one processor.
inline std::string CpuInfo(const std::string& vendor, int family, int model,
                           const std::string& name, const std::string& flags = "fpu msr") {
  return fmt::format(
      "processor\t: 0\nvendor_id\t: {}\ncpu family\t: {}\nmodel\t\t: {}\nmodel name\t: {}\n"
      "physical id\t: 0\nflags\t\t: {}\n",
      vendor, family, model, name, flags);
}

}  // namespace permille
