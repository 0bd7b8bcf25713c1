// SPDX-License-Identifier: Apache-2.0
#include "exchange/emissions_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>

#include "base/csv.h"
#include "base/file.h"
#include "exchange/codecarbon.h"

namespace permille {
namespace {

using testing::HasSubstr;

Channel MakeChannel(std::string id, Component component, std::string part_of = "") {
  Channel channel;
  channel.id = std::move(id);
  channel.component = component;
  channel.part_of = std::move(part_of);
  return channel;
}

// A run of 1,000 J of CPU, 3,600 J of GPU and 400 J of RAM in a query window of 10 s, 20 s after
// the start; 0.00139 kWh.
RunRecord MakeRun() {
  RunRecord run;
  run.run_id = "20261123T031415-7f3a";
  run.started = "2026-11-23T03:14:15Z";
  run.cell.key = "5d41402a";
  run.cell.model = "bert-base-uncased";
  run.cell.engine = "onnx";
  run.channels = {MakeChannel("package-0", Component::kCpu), MakeChannel("gpu-0", Component::kGpu),
                  MakeChannel("gpu-1", Component::kGpu), MakeChannel("ram", Component::kRam)};
  run.channels[1].facts["name"] = "NVIDIA A100-SXM4-80GB";
  run.channels[3].facts["bytes_total"] = "68719476736";
  Window load;
  load.phase = Phase::kLoad;
  load.channels = {{"package-0", Joules(1e6), 1, 2, 2, 0, 0, {}}};
  Window query;
  query.phase = Phase::kQuery;
  query.begin = Seconds(20);
  query.duration = Seconds(10);
  query.channels = {{"package-0", Joules(1000), 1, 2, 2, 0, 0, {}},
                    {"gpu-0", Joules(3000), 1, 2, 2, 0, 0, {}},
                    {"gpu-1", Joules(600), 1, 2, 2, 0, 0, {}},
                    {"ram", Joules(400), 1, 2, 2, 0, 0, {}}};
  query.load = {CoreSeconds(60), {}, {}, 8, {}, Bytes(17179869184.0)};
  run.windows = {load, query};
  run.environment = {
      {"cpu", "a CPU"}, {"cores", "8"}, {"permille", "0.1.0"}, {"kernel", "Linux 6"}};
  return run;
}

GridIntensity France() {
  return {"FRA", "France", "country", GramsPerKwh(56.039), 2023, "Our World in Data"};
}

/// The file that one run makes, cell by cell.
class Exported {
 public:
  Exported(const RunRecord& run, const EmissionsCsvOptions& options) {
    const std::vector<RunRecord> runs = {run};
    const auto text = EmissionsCsv(runs, options);
    if (text) table_.emplace(CsvTable::Parse(*text, "emissions.csv").value());
  }
  std::string operator[](std::string_view column) const {
    return table_->At(0, table_->RequireColumn(column).value());
  }
  double Number(std::string_view column) const {
    return table_->Number(0, table_->RequireColumn(column).value()).value().value_or(-1);
  }
  const std::vector<std::string>& columns() const { return table_->columns(); }

 private:
  std::optional<CsvTable> table_;
};

Exported Export(const RunRecord& run, EmissionsColumns columns = EmissionsColumns::kVersion3) {
  return {run, {columns, France(), {}, {}}};
}

// The headers that CodeCarbon 2.3.1 (output.py) and 3.3 (emissions_data.py) write.
TEST(EmissionsCsv, ColumnsAreThoseOfCodeCarbon) {
  const auto joined = [](const std::vector<std::string>& columns) {
    std::string text;
    for (const std::string& column : columns) text += (text.empty() ? "" : ",") + column;
    return text;
  };
  const auto two = Export(MakeRun(), EmissionsColumns::kVersion2).columns();
  EXPECT_EQ(two.size(), 31U);
  EXPECT_EQ(joined(two),
            "timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,"
            "ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,"
            "country_iso_code,region,cloud_provider,cloud_region,os,python_version,"
            "codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,"
            "ram_total_size,tracking_mode,on_cloud,pue");
  const auto three = Export(MakeRun()).columns();
  EXPECT_EQ(three.size(), 38U);
  EXPECT_EQ(joined(three),
            "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,"
            "cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,"
            "water_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,os,"
            "python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,"
            "latitude,ram_total_size,tracking_mode,cpu_utilization_percent,"
            "gpu_utilization_percent,ram_utilization_percent,ram_used_gb,on_cloud,pue,wue");
}

TEST(EmissionsCsv, UnitsAreKwhKgSecondsAndWatts) {
  const Exported row = Export(MakeRun());
  EXPECT_DOUBLE_EQ(row.Number("duration"), 10);
  EXPECT_DOUBLE_EQ(row.Number("cpu_energy"), 1000 / 3.6e6);
  EXPECT_DOUBLE_EQ(row.Number("gpu_energy"), 3600 / 3.6e6);
  EXPECT_DOUBLE_EQ(row.Number("ram_energy"), 400 / 3.6e6);
  EXPECT_DOUBLE_EQ(row.Number("energy_consumed"), 5000 / 3.6e6);
  EXPECT_DOUBLE_EQ(row.Number("gpu_power"), 360);
  EXPECT_DOUBLE_EQ(row.Number("emissions"), 5000 / 3.6e6 * 56.039 / 1000);
  EXPECT_DOUBLE_EQ(row.Number("emissions_rate"), row.Number("emissions") / 10);
  EXPECT_DOUBLE_EQ(row.Number("ram_total_size"), 64);
  EXPECT_DOUBLE_EQ(row.Number("cpu_utilization_percent"), 75);
  EXPECT_DOUBLE_EQ(row.Number("ram_utilization_percent"), 25);
  EXPECT_DOUBLE_EQ(row.Number("ram_used_gb"), 16);
}

TEST(EmissionsCsv, NamesPlaceAndMachineAsCodeCarbonDoes) {
  const Exported row = Export(MakeRun());
  EXPECT_EQ(row["project_name"], "bert-base-uncased");
  EXPECT_EQ(row["timestamp"], "2026-11-23T03:14:45") << "the end, without an offset";
  EXPECT_EQ(row["gpu_count"], "2");
  EXPECT_EQ(row["gpu_model"], "2 x NVIDIA A100-SXM4-80GB");
  EXPECT_EQ(row["country_iso_code"], "FRA");
  EXPECT_EQ(row["country_name"], "France");
  EXPECT_EQ(row["codecarbon_version"], "permille 0.1.0");
  EXPECT_EQ(row["tracking_mode"], "machine");
}

TEST(EmissionsCsv, UnknownCellsStayEmpty) {
  RunRecord run = MakeRun();
  run.windows[1].channels[3].energy.reset();  // RAM is there, and not read
  const Exported row = Export(run);
  for (const char* column : {"ram_energy", "ram_power", "energy_consumed", "emissions",
                             "water_consumed", "wue", "on_cloud", "longitude", "python_version"})
    EXPECT_EQ(row[column], "") << column;
  EXPECT_DOUBLE_EQ(row.Number("cpu_energy"), 1000 / 3.6e6) << "what is known stays";
}

TEST(EmissionsCsv, ChannelsInsideOthersAndCrossChecksAreNotAddedTwice) {
  RunRecord run = MakeRun();
  run.channels.push_back(MakeChannel("core-0", Component::kCpu, "package-0"));
  run.channels.push_back(MakeChannel("gpu-0-power", Component::kGpu));
  run.channels.back().cross_check_of = "gpu-0";
  run.windows[1].channels.push_back({"core-0", Joules(800), 1, 2, 2, 0, 0, {}});
  run.windows[1].channels.push_back({"gpu-0-power", Joules(2900), 1, 2, 2, 0, 0, {}});
  const Exported row = Export(run);
  EXPECT_DOUBLE_EQ(row.Number("cpu_energy"), 1000 / 3.6e6);
  EXPECT_DOUBLE_EQ(row.Number("energy_consumed"), 5000 / 3.6e6);
  EXPECT_EQ(row["gpu_count"], "2");
}

TEST(EmissionsCsv, CircleOfChannelsDoesNotHang) {
  RunRecord run = MakeRun();
  run.channels[0].part_of = "ram";
  run.channels[3].part_of = "package-0";
  EXPECT_EQ(Export(run)["cpu_energy"], "");
}

TEST(EmissionsCsv, PueMultipliesEnergiesAsCodeCarbonDoes) {
  const RunRecord run = MakeRun();
  const Exported three(run, {EmissionsColumns::kVersion3, France(), 1.5, {}});
  EXPECT_DOUBLE_EQ(three.Number("energy_consumed"), 5000 / 3.6e6 * 1.5);
  EXPECT_DOUBLE_EQ(three.Number("gpu_power"), 540);
  EXPECT_EQ(three["pue"], "1.5");
  const Exported two(run, {EmissionsColumns::kVersion2, France(), 1.5, {}});
  EXPECT_DOUBLE_EQ(two.Number("gpu_energy"), 3600 / 3.6e6 * 1.5);
  EXPECT_DOUBLE_EQ(two.Number("gpu_power"), 360) << "version 2 leaves power as it is";
}

TEST(EmissionsCsv, InterpretedJoulesTakeTheChannelsPlace) {
  RunRecord run = MakeRun();
  const Exported row(run, {EmissionsColumns::kVersion3, France(), {}, [](const RunRecord&) {
                             return ComponentJoules{Joules(3.6e6), {}, {}, Joules(7.2e6)};
                           }});
  EXPECT_DOUBLE_EQ(row.Number("cpu_energy"), 1);
  EXPECT_EQ(row["gpu_energy"], "");
  EXPECT_DOUBLE_EQ(row.Number("energy_consumed"), 2);
}

TEST(EmissionsCsv, NoGridAndNoLogMeanNoEmissions) {
  const Exported row(MakeRun(), {});
  EXPECT_EQ(row["emissions"], "");
  EXPECT_EQ(row["country_iso_code"], "");
  EXPECT_NE(row["energy_consumed"], "");
}

TEST(EmissionsCsv, RunWithoutAQueryWindowKeepsItsRow) {
  RunRecord run = MakeRun();
  run.windows.pop_back();
  const Exported row = Export(run);
  EXPECT_EQ(row["run_id"], run.run_id);
  EXPECT_EQ(row["duration"], "");
  EXPECT_EQ(row["energy_consumed"], "");
}

TEST(EmissionsCsv, TextsAreQuoted) {
  RunRecord run = MakeRun();
  run.cell.model = "a,\"b\"\nc";
  EXPECT_EQ(Export(run)["project_name"], "a,\"b\"\nc");
}

TEST(EmissionsCsv, ImpossibleOptionsAreRefused) {
  EmissionsCsvOptions options;
  options.pue = 0.9;
  EXPECT_EQ(EmissionsCsv({}, options).error().code, ErrorCode::kInvalid);
  options.pue = 1;
  options.grid = France();
  options.grid->intensity = GramsPerKwh(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(EmissionsCsv({}, options).error().message, HasSubstr("FRA"));
}

// The study's own rows, read into records and written again: each number to 1e-9.
TEST(EmissionsCsv, StudysLogsComeBackAsTheyWere) {
  const std::string path =
      std::string(PERMILLE_SOURCE_DIR) + "/../shared/paper/logs/emissions/complete/fillmask_c4.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "the study's logs are not here: " << path;
  const auto logged = CsvTable::Read(path);
  ASSERT_TRUE(logged) << logged.error().message;
  const auto imported = ReadCodeCarbon(path, StudyLayout{}, {});
  ASSERT_TRUE(imported) << imported.error().message;
  ASSERT_EQ(imported->runs.size(), logged->rows());
  const auto text = EmissionsCsv(imported->runs, {EmissionsColumns::kVersion2, {}, {}, {}});
  ASSERT_TRUE(text);
  const auto written = CsvTable::Parse(*text, "written");
  ASSERT_TRUE(written);
  EXPECT_EQ(written->columns(), logged->columns());
  std::map<std::string, std::size_t> rows;
  for (std::size_t i = 0; i < logged->rows(); ++i) rows[logged->At(i, 2)] = i;
  for (std::size_t i = 0; i < written->rows(); ++i) {
    const std::size_t was = rows.at(written->At(i, 2));
    for (const char* column :
         {"duration", "emissions", "emissions_rate", "cpu_power", "ram_power", "cpu_energy",
          "gpu_energy", "ram_energy", "energy_consumed", "ram_total_size", "pue"}) {
      const std::size_t at = logged->RequireColumn(column).value();
      const double expected = logged->Number(was, at).value().value();
      EXPECT_NEAR(written->Number(i, at).value().value(), expected, expected * 1e-9) << column;
    }
    for (const char* column : {"timestamp", "country_iso_code", "region", "cpu_model", "gpu_count",
                               "gpu_model", "os", "codecarbon_version", "on_cloud"}) {
      const std::size_t at = logged->RequireColumn(column).value();
      EXPECT_EQ(written->At(i, at), logged->At(was, at)) << column;
    }
  }
}

}  // namespace
}  // namespace permille
