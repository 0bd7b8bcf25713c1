// SPDX-License-Identifier: Apache-2.0
#include "exchange/codecarbon_rows.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace permille {
namespace {

constexpr double kGramsPerKg = 1000;
// CodeCarbon's GB of memory are psutil's bytes divided by 1024^3.
constexpr double kBytesPerGib = 1024.0 * 1024.0 * 1024.0;
constexpr double kMostGpus = 1e5;  // of one machine: more is no count

constexpr std::array<std::string_view, 5> kNeeded = {"timestamp", "project_name", "run_id",
                                                     "duration", "energy_consumed"};

class RowReader {
 public:
  RowReader(const CsvTable& table, std::string file, std::vector<std::string>& problems)
      : table_(table), file_(std::move(file)), problems_(problems) {}

  std::vector<CodeCarbonRow> All() {
    for (const std::string_view column : kNeeded) {
      if (table_.Column(column)) continue;
      problems_.push_back(fmt::format("{}: column {} is missing", table_.origin(), column));
      return {};
    }
    std::vector<CodeCarbonRow> rows;
    rows.reserve(table_.rows());
    for (row_ = 0; row_ < table_.rows(); ++row_) {
      bad_ = false;
      CodeCarbonRow row = One();
      if (!bad_) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  using Place = std::optional<std::size_t>;  // a column's index, or none

  CodeCarbonRow One();

  std::string Text(const Place& column) const {
    return column ? table_.At(row_, *column) : std::string();
  }
  void Bad(std::string_view column, std::string_view value, std::string_view why) {
    if (bad_) return;  // one problem a row is enough
    bad_ = true;
    problems_.push_back(fmt::format("{}:{}: {} '{}' {}", table_.origin(), table_.line(row_), column,
                                    value.substr(0, 40), why));
  }
  std::optional<double> Number(const Place& column, std::string_view name) {
    if (!column) return std::nullopt;
    const std::string& text = table_.At(row_, *column);
    if (text.empty()) return std::nullopt;
    const auto number = ParseNumber(text);
    if (!number) {
      const bool comma = text.find(',') != std::string::npos;
      Bad(name, text, comma ? "is no number (write it with a decimal point)" : "is no number");
    } else if (*number < 0) {
      Bad(name, text, "is below zero");
      return std::nullopt;
    }
    return number;
  }
  template <class U>
  std::optional<U> Quantity(const Place& column, std::string_view name, double factor = 1) {
    const auto number = Number(column, name);
    if (!number) return std::nullopt;
    return U(*number * factor);
  }
  double Needed(const Place& column, std::string_view name) {
    const auto number = Number(column, name);
    if (!number) Bad(name, "", "is missing");
    return number.value_or(0);
  }

  const CsvTable& table_;
  std::string file_;
  std::vector<std::string>& problems_;
  std::size_t row_ = 0;
  bool bad_ = false;
  const Place task_ = table_.Column("task_name"), time_ = table_.Column("timestamp"),
              project_ = table_.Column("project_name"), run_ = table_.Column("run_id"),
              duration_ = table_.Column("duration"), emissions_ = table_.Column("emissions"),
              cpu_power_ = table_.Column("cpu_power"), gpu_power_ = table_.Column("gpu_power"),
              ram_power_ = table_.Column("ram_power"), cpu_ = table_.Column("cpu_energy"),
              gpu_ = table_.Column("gpu_energy"), ram_ = table_.Column("ram_energy"),
              energy_ = table_.Column("energy_consumed"), gib_ = table_.Column("ram_total_size"),
              gpus_ = table_.Column("gpu_count"), gpu_model_ = table_.Column("gpu_model"),
              cpu_model_ = table_.Column("cpu_model"), country_ = table_.Column("country_iso_code"),
              region_ = table_.Column("region"), provider_ = table_.Column("cloud_provider"),
              cloud_region_ = table_.Column("cloud_region"), os_ = table_.Column("os"),
              python_ = table_.Column("python_version"),
              version_ = table_.Column("codecarbon_version"),
              mode_ = table_.Column("tracking_mode"), pue_ = table_.Column("pue");
};

CodeCarbonRow RowReader::One() {
  CodeCarbonRow row;
  row.file = file_;
  row.origin = table_.origin();
  row.line = table_.line(row_);
  row.task_name = Text(task_);
  row.timestamp = Text(time_);
  const auto time = ParseTimestamp(row.timestamp);
  if (!time) Bad("timestamp", row.timestamp, "is no time");
  row.time = time.value_or(0);
  row.project_name = Text(project_);
  row.run_id = Text(run_);
  if (row.run_id.empty()) Bad("run_id", "", "is missing");
  row.duration = Seconds(Needed(duration_, "duration"));
  row.emissions = Quantity<GramsCo2e>(emissions_, "emissions", kGramsPerKg);
  row.cpu_power = Quantity<Watts>(cpu_power_, "cpu_power");
  row.gpu_power = Quantity<Watts>(gpu_power_, "gpu_power");
  row.ram_power = Quantity<Watts>(ram_power_, "ram_power");
  row.cpu_energy = Quantity<Joules>(cpu_, "cpu_energy", kJoulesPerKwh);
  row.gpu_energy = Quantity<Joules>(gpu_, "gpu_energy", kJoulesPerKwh);
  row.ram_energy = Quantity<Joules>(ram_, "ram_energy", kJoulesPerKwh);
  row.energy_consumed = FromKwh(Needed(energy_, "energy_consumed"));
  row.ram_total = Quantity<Bytes>(gib_, "ram_total_size", kBytesPerGib);
  if (const auto count = Number(gpus_, "gpu_count")) {
    if (*count > kMostGpus || *count != std::floor(*count))
      Bad("gpu_count", Text(gpus_), "is no number of GPUs");
    else
      row.gpu_count = static_cast<int>(*count);
  }
  row.gpu_model = Text(gpu_model_);
  row.cpu_model = Text(cpu_model_);
  row.country = Text(country_);
  row.region = Text(region_);
  row.cloud = Text(provider_);
  if (const std::string region = Text(cloud_region_); !region.empty()) row.cloud += ":" + region;
  row.os = Text(os_);
  row.python = Text(python_);
  row.version = Text(version_);
  row.tracking_mode = Text(mode_);
  row.pue = Number(pue_, "pue");
  return row;
}

bool Has(const CsvTable& table, std::initializer_list<std::string_view> columns) {
  for (const std::string_view column : columns) {
    if (!table.Column(column)) return false;
  }
  return true;
}

}  // namespace

LogTable TableKind(const CsvTable& table) {
  if (table.Column("run_id") || table.Column("energy_consumed") || table.Column("emissions"))
    return table.Column("task_name") ? LogTable::kTasks : LogTable::kTotals;
  if (Has(table, {"model_name", "num_parameters"})) return LogTable::kParameters;
  if (Has(table, {"Input", "Output", "model", "dataset"})) return LogTable::kLengths;
  if (Has(table, {"model", "task", "type"})) return LogTable::kScores;
  return LogTable::kUnknown;
}

std::vector<CodeCarbonRow> ReadCodeCarbonRows(const CsvTable& table, const std::string& file,
                                              std::vector<std::string>& problems) {
  return RowReader(table, file, problems).All();
}

std::optional<double> ParseTimestamp(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, used = 0;
  double second = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[T ]%2d:%2d:%lf%n", &year, &month, &day, &hour,
                  &minute, &second, &used) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || !(second >= 0) ||
      second >= 61)
    return std::nullopt;
  const std::string rest = copy.substr(static_cast<std::size_t>(used));
  double offset = 0;
  if (!rest.empty() && rest != "Z") {
    char sign[2] = {0, 0};
    int hours = 0, minutes = 0, end = 0;
    if (std::sscanf(rest.c_str(), "%1[+-]%2d:%2d%n", sign, &hours, &minutes, &end) != 3 ||
        static_cast<std::size_t>(end) != rest.size())
      return std::nullopt;
    offset = (hours * 60 + minutes) * 60 * (sign[0] == '-' ? -1 : 1);
  }
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return std::chrono::duration<double>(days).count() + hour * 3600 + minute * 60 + second - offset;
}

}  // namespace permille
