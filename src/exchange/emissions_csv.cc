// SPDX-License-Identifier: Apache-2.0
#include "exchange/emissions_csv.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <ctime>
#include <map>
#include <string_view>
#include <vector>

#include "base/csv.h"
#include "exchange/codecarbon_rows.h"

namespace permille {
namespace {

constexpr double kBytesPerGb = 1024.0 * 1024 * 1024;  // CodeCarbon's GB
constexpr double kGramsPerKg = 1000;
constexpr double kHighestPue = 5;

// CodeCarbon 2.3.1, output.py, EmissionsData, in order.
constexpr std::array<std::string_view, 31> kVersion2 = {"timestamp",
                                                        "project_name",
                                                        "run_id",
                                                        "duration",
                                                        "emissions",
                                                        "emissions_rate",
                                                        "cpu_power",
                                                        "gpu_power",
                                                        "ram_power",
                                                        "cpu_energy",
                                                        "gpu_energy",
                                                        "ram_energy",
                                                        "energy_consumed",
                                                        "country_name",
                                                        "country_iso_code",
                                                        "region",
                                                        "cloud_provider",
                                                        "cloud_region",
                                                        "os",
                                                        "python_version",
                                                        "codecarbon_version",
                                                        "cpu_count",
                                                        "cpu_model",
                                                        "gpu_count",
                                                        "gpu_model",
                                                        "longitude",
                                                        "latitude",
                                                        "ram_total_size",
                                                        "tracking_mode",
                                                        "on_cloud",
                                                        "pue"};

// CodeCarbon 3.3, output_methods/emissions_data.py, EmissionsData, in order.
constexpr std::array<std::string_view, 38> kVersion3 = {"timestamp",
                                                        "project_name",
                                                        "run_id",
                                                        "experiment_id",
                                                        "duration",
                                                        "emissions",
                                                        "emissions_rate",
                                                        "cpu_power",
                                                        "gpu_power",
                                                        "ram_power",
                                                        "cpu_energy",
                                                        "gpu_energy",
                                                        "ram_energy",
                                                        "energy_consumed",
                                                        "water_consumed",
                                                        "country_name",
                                                        "country_iso_code",
                                                        "region",
                                                        "cloud_provider",
                                                        "cloud_region",
                                                        "os",
                                                        "python_version",
                                                        "codecarbon_version",
                                                        "cpu_count",
                                                        "cpu_model",
                                                        "gpu_count",
                                                        "gpu_model",
                                                        "longitude",
                                                        "latitude",
                                                        "ram_total_size",
                                                        "tracking_mode",
                                                        "cpu_utilization_percent",
                                                        "gpu_utilization_percent",
                                                        "ram_utilization_percent",
                                                        "ram_used_gb",
                                                        "on_cloud",
                                                        "pue",
                                                        "wue"};

std::string Number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : std::string();
}

/// One row of the file: cells by column, empty where nothing is known.
class RowMaker {
 public:
  RowMaker(const RunRecord& run, const EmissionsCsvOptions& options)
      : run_(run), options_(options) {
    for (const Window& window : run.windows) {
      if (window.phase == Phase::kQuery) windows_.push_back(window);
    }
    for (const Window& window : windows_) duration_ += window.duration;
  }

  std::map<std::string_view, std::string> Make() {
    FillRun();
    FillEnergy();
    FillPlace();
    FillMachine();
    if (options_.columns == EmissionsColumns::kVersion3) FillUtilisation();
    return std::move(cells_);
  }

 private:
  bool Imported() const { return run_.cell.engine == "imported"; }

  std::string Fact(const std::string& name) const {
    const auto at = run_.environment.find(name);
    return at == run_.environment.end() ? std::string() : at->second;
  }
  std::optional<double> NumberFact(const std::string& name) const {
    return ParseNumber(Fact(name));
  }

  // The first channel of a component that counts.
  const Channel* Counting(Component component) const {
    for (const Channel& channel : run_.channels) {
      if (channel.component == component && channel.cross_check_of.empty()) return &channel;
    }
    return nullptr;
  }

  void FillRun() {
    cells_["timestamp"] = EndTime();
    cells_["project_name"] = run_.cell.model;
    cells_["run_id"] = run_.run_id;
    cells_["experiment_id"] = run_.cell.key;
    if (!windows_.empty()) cells_["duration"] = Number(duration_.value());
    cells_["os"] = Fact(Imported() ? "os" : "kernel");
    cells_["python_version"] = Fact("python");
    cells_["codecarbon_version"] = Imported() ? Fact("codecarbon") : "permille " + Fact("permille");
    cells_["tracking_mode"] = Imported() ? Fact("tracking_mode") : "machine";
    cells_["pue"] = Number(Pue());
  }

  // CodeCarbon stamps the end of a run, without an offset. An imported run keeps its stamp.
  std::string EndTime() const {
    const auto begin = ParseTimestamp(run_.started);
    if (Imported() || !begin || windows_.empty()) return run_.started;
    const Window& last = windows_.back();
    const double end = *begin + (last.begin + last.duration).value();
    if (!(std::abs(end) < 1e11)) return run_.started;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(end)));
  }

  double Pue() const {
    if (options_.pue) return *options_.pue;
    return Imported() ? NumberFact("pue").value_or(1) : 1;
  }

  // Null: the intensity of each run's own log.
  const GridIntensity* Grid() const {
    return options_.grid && options_.grid->place != "as-logged" ? &*options_.grid : nullptr;
  }

  void FillEnergy() {
    const ComponentJoules joules =
        options_.interpret ? options_.interpret(run_) : ObservedJoules(run_.channels, windows_);
    FillComponent("cpu", Component::kCpu, joules.cpu);
    FillComponent("gpu", Component::kGpu, joules.gpu);
    FillComponent("ram", Component::kRam, joules.ram);
    if (!joules.total || windows_.empty()) return;
    const double kwh = ToKwh(*joules.total) * Pue();
    cells_["energy_consumed"] = Number(kwh);
    const GridIntensity* grid = Grid();
    const auto intensity =
        grid != nullptr ? std::optional(grid->intensity.value()) : NumberFact("logged_g_per_kwh");
    if (!intensity) return;
    const double kg = kwh * *intensity / kGramsPerKg;
    cells_["emissions"] = Number(kg);
    if (duration_ > Seconds(0)) cells_["emissions_rate"] = Number(kg / duration_.value());
  }

  void FillComponent(const char* name, Component component, std::optional<Joules> joules) {
    if (!joules || windows_.empty()) return;
    const std::string_view energy = Column(name, "_energy");
    const std::string_view power = Column(name, "_power");
    cells_[energy] = Number(ToKwh(*joules) * Pue());
    // What a log says of its constant power is kept; else the mean. Version 3 puts the PUE on
    // power.
    const double factor = options_.columns == EmissionsColumns::kVersion3 ? Pue() : 1;
    const Channel* channel = Counting(component);
    const auto watts = channel != nullptr && channel->facts.contains("watts")
                           ? ParseNumber(channel->facts.at("watts"))
                           : std::nullopt;
    if (watts) {
      cells_[power] = Number(*watts * factor);
    } else if (duration_ > Seconds(0)) {
      cells_[power] = Number((*joules / duration_).value() * factor);
    }
  }

  // The column of that name: a view into the table, which outlives the row.
  static std::string_view Column(std::string_view name, std::string_view ending) {
    for (const std::string_view column : kVersion3) {
      if (column.starts_with(name) && column.substr(name.size()) == ending) return column;
    }
    return {};
  }

  void FillPlace() {
    if (const GridIntensity* grid = Grid(); grid != nullptr) {
      if (grid->kind == "country") {
        cells_["country_name"] = grid->name;
        cells_["country_iso_code"] = grid->place;
      } else {
        cells_["region"] = grid->place;
      }
    } else if (const std::string place = Fact("place"); !place.empty()) {
      // "USA oregon": an ISO code, and a region where the log had one.
      const std::size_t blank = std::min(place.find(' '), place.size());
      cells_["country_iso_code"] = place.substr(0, blank);
      if (blank < place.size()) cells_["region"] = place.substr(blank + 1);
    }
    if (const std::string cloud = Fact("cloud"); !cloud.empty()) {
      const std::size_t colon = std::min(cloud.find(':'), cloud.size());
      cells_["cloud_provider"] = cloud.substr(0, colon);
      if (colon < cloud.size()) cells_["cloud_region"] = cloud.substr(colon + 1);
      cells_["on_cloud"] = "Y";
    } else if (Imported()) {
      cells_["on_cloud"] = "N";
    }
  }

  void FillMachine() {
    cells_["cpu_count"] = Fact("cores");
    cells_["cpu_model"] = Fact("cpu");
    int gpus = 0;
    std::string name;
    for (const Channel& channel : run_.channels) {
      if (channel.component != Component::kGpu || !channel.cross_check_of.empty() ||
          !channel.part_of.empty())
        continue;
      const auto devices = channel.facts.find("devices");
      gpus += devices == channel.facts.end()
                  ? 1
                  : static_cast<int>(ParseNumber(devices->second).value_or(1));
      if (const auto at = channel.facts.find("name"); at != channel.facts.end()) name = at->second;
    }
    if (gpus > 0) cells_["gpu_count"] = std::to_string(gpus);
    const bool counted = name.find(" x ") != std::string::npos;
    if (!name.empty()) cells_["gpu_model"] = counted ? name : fmt::format("{} x {}", gpus, name);
    if (const auto bytes = RamBytes()) cells_["ram_total_size"] = Number(*bytes / kBytesPerGb);
  }

  std::optional<double> RamBytes() const {
    for (const Channel& channel : run_.channels) {
      const auto at = channel.facts.find("bytes_total");
      if (at != channel.facts.end()) return ParseNumber(at->second);
    }
    return std::nullopt;
  }

  void FillUtilisation() {
    std::optional<double> busy;
    double cores = 0;
    std::optional<Bytes> used;
    for (const Window& window : windows_) {
      if (window.load.machine_busy) busy = busy.value_or(0) + window.load.machine_busy->value();
      cores = window.load.cores;
      used = window.load.machine_used;
    }
    if (busy && cores > 0 && duration_ > Seconds(0))
      cells_["cpu_utilization_percent"] = Number(100 * *busy / (cores * duration_.value()));
    if (!used) return;
    cells_["ram_used_gb"] = Number(used->value() / kBytesPerGb);
    if (const auto bytes = RamBytes(); bytes && *bytes > 0)
      cells_["ram_utilization_percent"] = Number(100 * used->value() / *bytes);
  }

  const RunRecord& run_;
  const EmissionsCsvOptions& options_;
  std::vector<Window> windows_;
  Seconds duration_;
  std::map<std::string_view, std::string> cells_;
};

template <std::size_t N>
std::string Table(std::span<const RunRecord> runs, const EmissionsCsvOptions& options,
                  const std::array<std::string_view, N>& columns) {
  std::string text = fmt::format("{}\n", fmt::join(columns, ","));
  for (const RunRecord& run : runs) {
    auto cells = RowMaker(run, options).Make();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) text += ',';
      text += CsvCell(cells[columns[i]]);
    }
    text += '\n';
  }
  return text;
}

}  // namespace

Result<void> EmissionsCsvOptions::Validate() const {
  if (pue && !(*pue >= 1 && *pue <= kHighestPue)) {
    return Fail(ErrorCode::kInvalid, "emissions.csv: pue {} is not a ratio: give 1 to {:g}", *pue,
                kHighestPue);
  }
  if (grid && !(grid->intensity.value() >= 0) && grid->place != "as-logged") {
    return Fail(ErrorCode::kInvalid, "emissions.csv: the intensity of '{}' is not known: give one",
                grid->place);
  }
  return {};
}

Result<std::string> EmissionsCsv(std::span<const RunRecord> runs,
                                 const EmissionsCsvOptions& options) {
  PERMILLE_TRY(options.Validate());
  if (options.columns == EmissionsColumns::kVersion2) return Table(runs, options, kVersion2);
  return Table(runs, options, kVersion3);
}

}  // namespace permille
