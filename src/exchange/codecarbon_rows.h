// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv.h"
#include "base/units.h"

namespace permille {

/// One row of a CodeCarbon file, in SI. What the file has no column for, or left empty, is absent.
struct CodeCarbonRow {
  std::string file;    ///< name without folders and .csv
  std::string origin;  ///< path, for messages
  std::size_t line = 0;
  std::string task_name;  ///< empty in a file of totals
  std::string timestamp;  ///< as logged, local time of the machine, of the row's end
  double time = 0;        ///< the same, seconds since 1970
  std::string project_name;
  std::string run_id;
  Seconds duration;
  std::optional<GramsCo2e> emissions;
  std::optional<Watts> cpu_power;
  std::optional<Watts> gpu_power;
  std::optional<Watts> ram_power;
  std::optional<Joules> cpu_energy;
  std::optional<Joules> gpu_energy;
  std::optional<Joules> ram_energy;
  Joules energy_consumed;
  std::optional<Bytes> ram_total;
  std::optional<int> gpu_count;
  std::string gpu_model;
  std::string cpu_model;
  std::string country;
  std::string region;
  std::string cloud;  ///< provider and region, where CodeCarbon found one
  std::string os;
  std::string python;
  std::string version;
  std::string tracking_mode;
  std::optional<double> pue;
};

/// What kind of table a file is, by its columns.
enum class LogTable { kTasks, kTotals, kParameters, kLengths, kScores, kUnknown };
LogTable TableKind(const CsvTable& table);

/// The rows of a task file or a file of totals. A row without a run or with a number that is none
/// is named in `problems` and left out; a file without a column that is needed gives no rows and
/// one problem.
std::vector<CodeCarbonRow> ReadCodeCarbonRows(const CsvTable& table, const std::string& file,
                                              std::vector<std::string>& problems);

/// Seconds since 1970 of a time as CodeCarbon writes it (`2023-10-02T20:20:22`, a blank for the T,
/// fractions, an offset or none: local times are read as UTC); absent for anything else.
std::optional<double> ParseTimestamp(std::string_view text);

}  // namespace permille
