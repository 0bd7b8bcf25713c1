// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

namespace permille {

/// A row of a CodeCarbon log: 10 s at 42.5 W for the processor, 3/8 W for each of 1,000 GB, and the
/// joules of eight GPUs as given.
struct EmissionsRow {
  std::string model = "a-model";
  std::string run = "run-1";
  std::string time = "2023-10-02T20:20:31";
  double gpu_j = 1000;
  std::string task;  ///< empty: a row of totals
  std::string version = "2.3.1";
  std::string pue = "1";
};

constexpr double kEmissionsCpuJ = 425;
constexpr double kEmissionsRamJ = 3750;

/// Joules of a row as CodeCarbon adds them up.
inline double TotalJ(const EmissionsRow& row) {
  return row.gpu_j + kEmissionsCpuJ + kEmissionsRamJ;
}

/// The 31 columns of CodeCarbon 2.3.1's totals.
inline std::string EmissionsHeader() {
  return "timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,"
         "ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,"
         "country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
         "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,"
         "ram_total_size,tracking_mode,on_cloud,pue\n";
}

inline std::string Quoted(const std::string& cell) {
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

inline std::string EmissionsLine(const EmissionsRow& row) {
  const double total = TotalJ(row) / 3.6e6;
  return fmt::format(
      "{},{},{},10,{},0,42.5,{},375,{},{},{},{},United States,USA,oregon,,,Linux,3.8.16,{},1,Xeon,"
      "8,8 x A100,-119.7,45.8,1000,machine,N,{}\n",
      row.time, Quoted(row.model), row.run, total * 0.13875, row.gpu_j / 10, kEmissionsCpuJ / 3.6e6,
      row.gpu_j / 3.6e6, kEmissionsRamJ / 3.6e6, total, row.version, row.pue);
}

/// A file of totals.
inline std::string Totals(const std::vector<EmissionsRow>& rows) {
  std::string text = EmissionsHeader();
  for (const EmissionsRow& row : rows) text += EmissionsLine(row);
  return text;
}

/// A task file of the same rows: `task_name` in front.
inline std::string Tasks(const std::vector<EmissionsRow>& rows) {
  std::string text = "task_name," + EmissionsHeader();
  for (const EmissionsRow& row : rows) text += row.task + "," + EmissionsLine(row);
  return text;
}

/// Repeats of one model, a minute apart and `first_second` into it, of so many GPU joules each.
inline std::vector<EmissionsRow> Repeats(const std::string& model, const std::vector<double>& gpu_j,
                                         int first_second = 0) {
  std::vector<EmissionsRow> rows;
  for (std::size_t i = 0; i < gpu_j.size(); ++i) {
    EmissionsRow row;
    row.model = model;
    row.run = fmt::format("{}-{}", std::hash<std::string>{}(model), i);
    row.time = fmt::format("2023-10-02T20:{:02}:{:02}", i, first_second);
    row.gpu_j = gpu_j[i];
    rows.push_back(row);
  }
  return rows;
}

/// Rows of several models in one list.
inline std::vector<EmissionsRow> Together(std::vector<EmissionsRow> a,
                                          const std::vector<EmissionsRow>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace permille
