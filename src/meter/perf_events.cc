// SPDX-License-Identifier: Apache-2.0
#include "meter/perf_events.h"

#include <array>
#include <charconv>
#include <map>
#include <string_view>

#include "meter/sys_file.h"

namespace permille {
namespace {

struct EventRow {
  const char* file;
  RaplKind kind;
};
constexpr auto kEvents = std::to_array<EventRow>({
    {"energy-pkg", RaplKind::kPackage},
    {"energy-ram", RaplKind::kDram},
    {"energy-cores", RaplKind::kCore},
    {"energy-gpu", RaplKind::kUncore},
    {"energy-psys", RaplKind::kPsys},
});

/// "event=0x02" as the PMU's format/event puts it into config, which is bits 0 to 7 on every
/// kernel.
std::optional<unsigned long long> ParseConfig(std::string_view text) {
  constexpr std::string_view kPrefix = "event=0x";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  unsigned long long config = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), config, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return config;
}

std::optional<Joules> ParseScale(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value > 0 && value < 1))
    return std::nullopt;
  return Joules(value);
}

/// A package, or a die that counts apart, and the processor on which its events are opened.
struct Spot {
  int package = 0;
  std::optional<int> die;
  int cpu = 0;
};

std::vector<Spot> FindSpots(const std::string& root, const std::string& pmu,
                            const Machine& machine) {
  const std::string cpus = UnderRoot(root, "sys/devices/system/cpu");
  std::vector<int> mask = ParseCpuList(ReadSysText(pmu + "/cpumask").value_or(""));
  // A kernel without the file still has packages: the first processor of each serves.
  if (mask.empty()) mask = ParseCpuList(ReadSysText(cpus + "/online").value_or("0"));
  const auto topology = [&](int cpu, const char* file) -> std::optional<int> {
    const auto text = ReadSysText(fmt::format("{}/cpu{}/topology/{}", cpus, cpu, file));
    const auto number = text ? ParseCount(*text) : std::nullopt;
    return number && *number < 100000 ? std::optional<int>(static_cast<int>(*number))
                                      : std::nullopt;
  };
  std::map<int, std::map<int, int>> packages;  // package -> die -> cpu
  for (const int cpu : mask) {
    const int die = DiesShareCounters(machine) ? 0 : topology(cpu, "die_id").value_or(0);
    packages[topology(cpu, "physical_package_id").value_or(0)].emplace(die, cpu);
  }
  std::vector<Spot> spots;
  for (const auto& [package, dies] : packages) {
    for (const auto& [die, cpu] : dies) {
      spots.push_back({package, dies.size() > 1 ? std::optional<int>(die) : std::nullopt, cpu});
    }
  }
  return spots;
}

}  // namespace

PowerPmu ReadPowerPmu(const std::string& root, const Machine& machine) {
  PowerPmu pmu;
  const std::string folder = UnderRoot(root, "sys/bus/event_source/devices/power");
  const auto type = ReadSysText(folder + "/type");
  const auto number = type ? ParseCount(*type) : std::nullopt;
  if (!number) return pmu;
  pmu.type = static_cast<unsigned>(*number);
  const std::vector<Spot> spots = FindSpots(root, folder, machine);
  for (const EventRow& row : kEvents) {
    const std::string file = folder + "/events/" + row.file;
    const auto text = ReadSysText(file);
    if (!text) continue;
    const auto config = ParseConfig(*text);
    const auto count = ParseScale(ReadSysText(file + ".scale").value_or(""));
    const std::string unit = ReadSysText(file + ".unit").value_or("");
    if (!config || !count || unit != "Joules") {
      pmu.notes.push_back(
          fmt::format("{} is not understood (event '{}', unit '{}')", row.file, *text, unit));
      continue;
    }
    for (const Spot& spot : spots) {
      const bool platform = row.kind == RaplKind::kPsys;
      if (platform && &spot != &spots.front()) continue;
      const RaplPlace place = platform ? RaplPlace{row.kind, 0, std::nullopt}
                                       : RaplPlace{row.kind, spot.package, spot.die};
      pmu.events.push_back({place, *config, *count, spot.cpu});
    }
  }
  return pmu;
}

}  // namespace permille
