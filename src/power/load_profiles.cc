// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "base/csv.h"
#include "power/load_study.h"

namespace permille {
namespace {

// What the profiles' machines are: TDP as in catalog/cpu_power.csv, sockets from the logical cores
// listed (24 on a 6-core, 12-thread part means two).
struct KnownMachine {
  std::string_view processor;  // found in the column cpu_name
  std::string_view name;
  double tdp_watts;
  int sockets;
};
constexpr std::array<KnownMachine, 4> kKnownMachines = {{
    {"EPYC 8024P", "EPYC 8024P", 90, 1},
    {"E3-1240 V2", "Xeon E3-1240 v2", 69, 1},
    {"Threadripper 1950X", "Threadripper 1950X", 180, 1},
    {"E5-2620 v3", "2 x Xeon E5-2620 v3", 85, 2},
}};

// The unit of rapl_energy is kWh by CodeCarbon's rounded constant (codecarbon/core/units.py,
// JOULES_TO_KWH).
constexpr double kCodeCarbonJoulesToKwh = 2.77778e-7;

constexpr std::string_view kDoubleCountedFolder = "E5-1240";

Result<LoadReading> ReadRow(const CsvTable& table, std::size_t row, Watts tdp,
                            const ProfileReading& reading) {
  const auto number = [&](std::string_view name) -> Result<double> {
    PERMILLE_ASSIGN(const std::size_t column, table.RequireColumn(name));
    PERMILLE_ASSIGN(const std::optional<double> value, table.Number(row, column));
    if (!value) {
      return Fail(ErrorCode::kInvalid, "{}:{}: {} is empty", table.origin(), table.line(row), name);
    }
    return *value;
  };
  LoadReading out;
  if (reading.load == ProfileReading::Load::kColumn) {
    PERMILLE_ASSIGN(const double percent, number("cpu_load"));
    out.load = percent / 100;
  } else {
    PERMILLE_ASSIGN(const double watts, number("estimated_power"));
    out.load = watts / tdp.value();
  }
  if (reading.power == ProfileReading::Power::kPowerColumn) {
    PERMILLE_ASSIGN(const double watts, number("rapl_power"));
    out.of_tdp = watts / tdp.value();
  } else {
    PERMILLE_ASSIGN(const double kwh, number("rapl_energy"));
    PERMILLE_ASSIGN(const double seconds, number("duration"));
    out.of_tdp = kwh / kCodeCarbonJoulesToKwh / seconds / tdp.value();
  }
  if (!(out.of_tdp > 0) || out.load < 0 || out.load > 1) {
    return Fail(ErrorCode::kInvalid, "{}:{}: load {} at {} of TDP is not a reading", table.origin(),
                table.line(row), out.load, out.of_tdp);
  }
  return out;
}

Result<void> AddProfile(const std::string& path, const ProfileReading& reading,
                        std::vector<ProfiledMachine>& machines) {
  const bool double_counted = path.find(kDoubleCountedFolder) != std::string::npos;
  if (double_counted && reading.double_counted == ProfileReading::DoubleCounted::kLeaveOut)
    return {};
  PERMILLE_ASSIGN(const CsvTable table, CsvTable::Read(path));
  PERMILLE_ASSIGN(const std::size_t processor, table.RequireColumn("cpu_name"));
  if (table.rows() == 0) return Fail(ErrorCode::kInvalid, "{}: no readings", path);
  const auto known =
      std::find_if(kKnownMachines.begin(), kKnownMachines.end(), [&](const KnownMachine& machine) {
        return table.At(0, processor).find(machine.processor) != std::string::npos;
      });
  if (known == kKnownMachines.end()) {
    return Fail(ErrorCode::kInvalid, "{}: TDP of '{}' unknown; add it to kKnownMachines", path,
                table.At(0, processor));
  }
  const std::string name = double_counted ? "folder E5-1240" : std::string(known->name);
  auto machine =
      std::find_if(machines.begin(), machines.end(), [&](const auto& m) { return m.name == name; });
  if (machine == machines.end()) {
    machines.push_back({name, Watts(known->tdp_watts) * known->sockets, {}});
    machine = std::prev(machines.end());
  }
  for (std::size_t row = 0; row < table.rows(); ++row) {
    PERMILLE_ASSIGN(const LoadReading point, ReadRow(table, row, machine->tdp, reading));
    machine->readings.push_back(point);
  }
  return {};
}

}  // namespace

Result<std::vector<ProfiledMachine>> ReadProfiles(const std::string& folder,
                                                  ProfileReading reading) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<std::string> paths;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const std::string path = it->path().string();
    // CodeCarbon keeps its own task log, *-tasks.csv, beside each profile.
    if (it->path().extension() == ".csv" && path.find("-tasks.csv") == std::string::npos)
      paths.push_back(path);
  }
  if (paths.empty()) return Fail(ErrorCode::kNotFound, "{}: no load profiles (*.csv)", folder);
  std::sort(paths.begin(), paths.end());
  std::vector<ProfiledMachine> machines;
  for (const std::string& path : paths) PERMILLE_TRY(AddProfile(path, reading, machines));
  return machines;
}

}  // namespace permille
