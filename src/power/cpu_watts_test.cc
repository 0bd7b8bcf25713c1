// SPDX-License-Identifier: Apache-2.0
#include "power/cpu_watts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/csv.h"
#include "power/load_curve.h"
#include "power/power.h"

namespace permille {
namespace {

using testing::HasSubstr;

CpuFacts Cpu(std::optional<double> tdp, int sockets = 1, int cores = 4) {
  CpuFacts cpu{"Some Processor 1", {}, sockets, cores};
  if (tdp) cpu.tdp = Watts(*tdp);
  return cpu;
}
double WattsOf(const ModelledJoules& joules, double seconds = 10) {
  return joules.energy.value() / seconds;
}
double Native(const CpuFacts& cpu, double load) {
  return WattsOf(CpuJoules(Accounting::kNative, cpu, load, Seconds(10)));
}
double Cubic(const CpuFacts& cpu, double load) {
  return WattsOf(CpuJoules(Accounting::kCodeCarbon3, cpu, load, Seconds(10)));
}

TEST(Accounting, NamesRoundTrip) {
  for (const char* name : {"native", "codecarbon-2.3.1", "codecarbon-3"}) {
    const auto accounting = ParseAccounting(name);
    ASSERT_TRUE(accounting) << name;
    EXPECT_EQ(Name(*accounting), name);
  }
  const auto unknown = ParseAccounting("codecarbon");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(unknown.error().message, HasSubstr("codecarbon-2.3.1"));
}

TEST(CpuWatts, CodeCarbon231IsHalfOfOneTdpAtAnyLoad) {
  const ModelledJoules idle = CpuJoules(Accounting::kCodeCarbon231, Cpu(240, 2), 0.0, Seconds(10));
  const ModelledJoules busy = CpuJoules(Accounting::kCodeCarbon231, Cpu(240, 2), 1.0, Seconds(10));
  EXPECT_DOUBLE_EQ(WattsOf(idle), 120);
  EXPECT_DOUBLE_EQ(idle.energy.value(), busy.energy.value());
  EXPECT_EQ(idle.provenance, Provenance::kAssumed);
}

TEST(CpuWatts, CodeCarbon231UnknownProcessorIsTheStudysConstant) {
  const std::vector<SeriesPoint> series = {{Seconds(10), 3.0}};
  const ModelledJoules joules = CpuJoules(Accounting::kCodeCarbon231, Cpu({}), series, Seconds(10));
  EXPECT_DOUBLE_EQ(WattsOf(joules), 42.5);
  EXPECT_EQ(joules.provenance, Provenance::kAssumed);
  EXPECT_THAT(joules.rule, HasSubstr("85 W x 0.5"));
}

// Every run of the study: cpu_power and ram_power are constants of CodeCarbon 2.3.1, and cpu_energy
// is cpu_power x time, where its own rounded JOULES_TO_KWH (2.77778e-7) makes 0.8 millionths.
TEST(CpuWatts, CodeCarbon231ReproducesTheStudysLogs) {
  const std::string path =
      PERMILLE_SOURCE_DIR "/../shared/paper/logs/emissions/complete/text_classif_sst2.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "the study's logs are not here: " << path;
  const auto table = CsvTable::Read(path);
  ASSERT_TRUE(table) << table.error().message;
  const auto number = [&](std::size_t row, const char* name) {
    return table->Number(row, *table->Column(name)).value().value();
  };
  ASSERT_GT(table->rows(), 70u);
  for (std::size_t row = 0; row < table->rows(); ++row) {
    EXPECT_EQ(number(row, "cpu_count"), 1);
    EXPECT_DOUBLE_EQ(WattsOf(CpuJoules(Accounting::kCodeCarbon231, Cpu({}), 0.5, Seconds(1)), 1),
                     number(row, "cpu_power"));
    const Bytes total(number(row, "ram_total_size") * 1024 * 1024 * 1024);
    EXPECT_NEAR(WattsOf(RamJoules(Accounting::kCodeCarbon231, total, false, Seconds(1)), 1),
                number(row, "ram_power"), 1e-9);
  }
}

// codecarbon/external/hardware.py 3.3.0: TDP x (0.1 + 0.9 load^3), TDP x sockets.
TEST(CpuWatts, CodeCarbon3FollowsItsCubic) {
  EXPECT_DOUBLE_EQ(Cubic(Cpu(100), 0), 10);
  EXPECT_DOUBLE_EQ(Cubic(Cpu(100), 0.5), 21.25);
  EXPECT_DOUBLE_EQ(Cubic(Cpu(100), 1), 100);
  EXPECT_DOUBLE_EQ(Cubic(Cpu(100, 2), 1), 200);
}

TEST(CpuWatts, CodeCarbon3GuessesUnknownProcessors) {
  EXPECT_DOUBLE_EQ(Cubic(Cpu({}, 1, 8), 1), 32);
  // Its 4 W for every thread of the machine are multiplied by the sockets once more.
  EXPECT_DOUBLE_EQ(Cubic(Cpu({}, 2, 8), 1), 64);
  CpuFacts nameless = Cpu({}, 1, 8);
  nameless.model_name.clear();
  EXPECT_DOUBLE_EQ(Cubic(nameless, 1), 85);
}

TEST(CpuWatts, CurveIsTakenOverTheSeriesNotOverTheMean) {
  // Four cores: idle for 5 s, then all busy for 5 s.
  const std::vector<SeriesPoint> series = {{Seconds(0), 0}, {Seconds(5), 0}, {Seconds(10), 20}};
  const ModelledJoules joules = CpuJoules(Accounting::kCodeCarbon3, Cpu(100), series, Seconds(10));
  EXPECT_DOUBLE_EQ(joules.energy.value(), 5 * 10 + 5 * 100);
  EXPECT_EQ(joules.provenance, Provenance::kModelled);
  EXPECT_NE(joules.energy.value(), 10 * Cubic(Cpu(100), 0.5));
}

TEST(CpuWatts, SeriesThatEndsEarlyIsCarriedOn) {
  const std::vector<SeriesPoint> series = {{Seconds(4), 16}};
  EXPECT_DOUBLE_EQ(
      CpuJoules(Accounting::kCodeCarbon3, Cpu(100), series, Seconds(10)).energy.value(), 1000);
}

TEST(CpuWatts, BrokenSeriesStaysWithinIdleAndFullLoad) {
  // A repeated stamp, time running back, busy time running back, more busy time than cores.
  const std::vector<SeriesPoint> series = {
      {Seconds(1), 2}, {Seconds(1), 3}, {Seconds(0.5), 3}, {Seconds(2), 1}, {Seconds(3), 400}};
  const double watts = WattsOf(CpuJoules(Accounting::kCodeCarbon3, Cpu(100), series, Seconds(10)));
  EXPECT_GE(watts, 10);
  EXPECT_LE(watts, 100);
}

TEST(CpuWatts, UnobservedLoadIsAssumedAndLessCertain) {
  const ModelledJoules joules =
      CpuJoules(Accounting::kNative, Cpu(100), std::span<const SeriesPoint>{}, Seconds(10));
  EXPECT_EQ(joules.provenance, Provenance::kAssumed);
  EXPECT_DOUBLE_EQ(WattsOf(joules), Native(Cpu(100), 0.5));
  EXPECT_GT(joules.standard_uncertainty, kNativeCurveError);
  EXPECT_THAT(joules.rule, HasSubstr("load not observed"));
}

TEST(CpuWatts, NativeScalesWithSocketsAndStatesItsError) {
  EXPECT_DOUBLE_EQ(Native(Cpu(100), 0), 100 * kNativeIdleOfTdp);
  EXPECT_DOUBLE_EQ(Native(Cpu(100, 2), 1), 200 * (kNativeIdleOfTdp + kNativeSlopeOfTdp));
  const ModelledJoules joules = CpuJoules(Accounting::kNative, Cpu(100, 2), 0.3, Seconds(10));
  EXPECT_EQ(joules.provenance, Provenance::kModelled);
  EXPECT_DOUBLE_EQ(joules.standard_uncertainty, kNativeCurveError);
  EXPECT_THAT(joules.rule, HasSubstr("TDP 100 W x 2 sockets x (0.153606 + 0.570812 load)"));
}

TEST(CpuWatts, NativeUnknownProcessorSaysSoAndIsLessCertain) {
  const ModelledJoules joules = CpuJoules(Accounting::kNative, Cpu({}, 2, 8), 1, Seconds(10));
  EXPECT_DOUBLE_EQ(WattsOf(joules), 32 * NativeOfTdp(1));
  EXPECT_DOUBLE_EQ(joules.standard_uncertainty,
                   std::hypot(kNativeCurveError, kWattsPerLogicalCoreError));
  EXPECT_THAT(joules.rule, HasSubstr("assumed 4 W x 8 logical cores"));
}

TEST(CpuWatts, UnknownLoadErrorIsTheSpreadOfTheCurve) {
  // Uniform load: standard deviation slope / sqrt(12).
  EXPECT_NEAR(kUnknownLoadError, kNativeSlopeOfTdp / std::sqrt(12.0) / NativeOfTdp(0.5), 5e-4);
}

std::map<std::string, double> TdpTable() {
  const auto table = CsvTable::Read(PERMILLE_SOURCE_DIR "/catalog/cpu_power.csv");
  EXPECT_TRUE(table) << table.error().message;
  std::map<std::string, double> out;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    out[table->At(row, *table->Column("name"))] =
        table->Number(row, *table->Column("tdp_watts")).value().value();
  }
  return out;
}

TEST(CpuWatts, WattsPerLogicalCoreErrorIsItsSpreadOverKnownParts) {
  const auto tdp = TdpTable();
  // Logical cores as the makers' product pages state them (cores x threads per core).
  const std::map<std::string, int> parts = {
      {"Intel Xeon Platinum 8275CL", 48},
      {"Intel Xeon Platinum 8375C", 64},
      {"Intel Xeon Gold 6148", 40},
      {"AMD EPYC 7742", 128},
      {"AMD EPYC 9654", 192},
      {"AMD EPYC 8024P", 16},
      {"Intel Xeon E3-1240 v2", 8},
      {"Intel Xeon E5-2620 v3", 12},
      {"AMD Ryzen 9 5950X", 32},
      {"AMD Ryzen Threadripper 1950X", 32},
      {"Intel Core i7-1165G7", 8},
      {"Intel Core i9-13900K", 32},
      {"Intel Core i5-8259U", 8},
      {"AMD Ryzen 7 5800U", 16},
  };
  double sum = 0;
  for (const auto& [name, logical] : parts) {
    ASSERT_TRUE(tdp.contains(name)) << name;
    sum += std::pow(std::log(kWattsPerLogicalCore * logical / tdp.at(name)), 2);
  }
  EXPECT_NEAR(kWattsPerLogicalCoreError, std::sqrt(sum / static_cast<double>(parts.size())), 5e-4);
}

TEST(CpuWatts, DefaultTdpErrorIsItsSpreadOverTheTable) {
  const auto tdp = TdpTable();
  ASSERT_GT(tdp.size(), 300u);
  double sum = 0;
  for (const auto& [name, watts] : tdp) sum += std::pow(std::log(kDefaultTdpWatts / watts), 2);
  EXPECT_NEAR(kDefaultTdpError, std::sqrt(sum / static_cast<double>(tdp.size())), 5e-4);
}

}  // namespace
}  // namespace permille
