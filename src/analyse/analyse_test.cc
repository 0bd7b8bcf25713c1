// SPDX-License-Identifier: Apache-2.0
#include "analyse/analyse.h"

#include <gmock/gmock.h>

#include "analyse/imported_log_test.h"
#include "carbon/carbon.h"

namespace permille {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// Wh of imported_log_test.h's run, per 1,000 queries.
constexpr double kMachineWh = (60000 + 4250 + 37500) / 3600.0;
constexpr double kDeviceWh = (60000 - 35000 + 4250 + 37500) / 3600.0;

/// A run measured here: a processor at 50 W for 100 s, 40 W when loaded and idle.
RunRecord Own(int repeat = 0, double watts = 50) {
  RunRecord run;
  run.run_id = "own-" + std::to_string(repeat);
  run.cell.task = "text-classification";
  run.cell.dataset = "sst2";
  run.cell.model = "a-model";
  run.cell.engine = "fake";
  run.cell.key = CellKey(run.cell);
  run.repeat = run.block = repeat;
  run.queries = 1000;
  Channel channel;
  channel.id = "package-0";
  channel.component = Component::kCpu;
  channel.source = "rapl-powercap";
  run.channels = {channel};
  const std::pair<Phase, double> windows[] = {
      {Phase::kLoad, 45}, {Phase::kIdleLoaded, 40}, {Phase::kQuery, watts}};
  for (const auto& [phase, power] : windows) {
    Window window;
    window.phase = phase;
    window.duration = Seconds(100);
    ChannelWindow seen;
    seen.channel = "package-0";
    seen.energy = Watts(power) * Seconds(100);
    seen.coverage = 1;
    window.channels = {seen};
    run.windows.push_back(window);
  }
  return run;
}

CellResult Only(const std::vector<RunRecord>& runs, const AnalyseOptions& options = {}) {
  const auto cells = AnalyseRuns(runs, options);
  EXPECT_TRUE(cells) << cells.error().message;
  if (!cells || cells->empty()) return {};
  EXPECT_EQ(cells->size(), 1u);
  return cells->front();
}

AnalyseOptions By(Attribution attribution) {
  AnalyseOptions options;
  options.attribution = attribution;
  return options;
}
AnalyseOptions By(Accounting accounting) {
  AnalyseOptions options;
  options.accounting = accounting;
  return options;
}

TEST(Analyse, OwnRunsAreReadNativelyByDeviceAtTheWorldsIntensity) {
  const CellResult cell = Only({Own()});
  EXPECT_EQ(cell.rules.attribution, Attribution::kDevice);
  EXPECT_EQ(cell.rules.accounting, Accounting::kNative);
  EXPECT_DOUBLE_EQ(cell.rules.grid.intensity.value(), 475);  // design.md, section 8
  EXPECT_DOUBLE_EQ(cell.energy_wh.mean, 5000 / 3600.0);
  EXPECT_NEAR(cell.emissions_g.mean, 5000 / 3.6e6 * 475, 1e-12);
}

TEST(Analyse, ImportedRunsAreReadAsTheyWereLogged) {
  const CellResult cell = Only({Imported()});
  EXPECT_EQ(cell.rules.attribution, Attribution::kMachine);
  EXPECT_EQ(cell.rules.accounting, Accounting::kCodeCarbon231);
  EXPECT_EQ(cell.rules.grid.place, "as-logged");
  EXPECT_NEAR(cell.rules.grid.intensity.value(), 138.75, 1e-9);
  EXPECT_DOUBLE_EQ(cell.energy_wh.mean, kMachineWh);
  EXPECT_NEAR(cell.emissions_g.mean, kMachineWh / 1000 * 138.75, 1e-12);
}

TEST(Analyse, AStoreOfBothReadsEachByItsOwnRules) {
  const auto cells = AnalyseRuns(std::vector<RunRecord>{Imported(), Own()}, {});
  ASSERT_TRUE(cells);
  ASSERT_EQ(cells->size(), 2u);
  EXPECT_EQ((*cells)[0].rules.accounting, Accounting::kCodeCarbon231);
  EXPECT_EQ((*cells)[1].rules.accounting, Accounting::kNative);
}

TEST(Analyse, AnImportedLogCanBeReadByDevice) {
  const CellResult cell = Only({Imported()}, By(Attribution::kDevice));
  EXPECT_EQ(cell.rules.attribution, Attribution::kDevice);
  EXPECT_DOUBLE_EQ(cell.energy_wh.mean, kDeviceWh);
  EXPECT_DOUBLE_EQ(*cell.machine_wh, kMachineWh);
  EXPECT_DOUBLE_EQ(*cell.device_wh, kDeviceWh);
  ASSERT_TRUE(cell.gpus);
  EXPECT_DOUBLE_EQ(*cell.gpus->idle_wh, 35000 / 3600.0);
  EXPECT_THAT(cell.device_note, HasSubstr("1 of 8 GPUs"));
}

TEST(Analyse, ADeviceIsBoundedByTheLeastThatAnIdleGpuWasSeenToDraw) {
  ImportedLog quiet;
  quiet.model = "another";
  quiet.load_watts = 240;  // 30 W a GPU
  const auto cells = AnalyseRuns(std::vector<RunRecord>{Imported(), Imported(quiet)}, {});
  ASSERT_TRUE(cells);
  const CellResult& cell = cells->front();
  ASSERT_TRUE(cell.device_bounds);
  EXPECT_NEAR(cell.device_bounds->low, kDeviceWh, 1e-12);
  EXPECT_NEAR(cell.device_bounds->high, kDeviceWh + 7 * (50 - 30) * 100 / 3600.0, 1e-9);
}

TEST(Analyse, MarginalOfAnImportedLogIsItsGpusAboveLoading) {
  const CellResult cell = Only({Imported()}, By(Attribution::kMarginal));
  EXPECT_NEAR(cell.energy_wh.mean, 20000 / 3600.0, 1e-9);
  EXPECT_NEAR(cell.emissions_g.mean, 20000 / 3.6e6 * 138.75, 1e-9);
  ASSERT_EQ(cell.components.size(), 1u);
  EXPECT_EQ(cell.components[0].component, Component::kGpu);
}
TEST(Analyse, MarginalIsRefusedWithTheReason) {
  ImportedLog log;
  log.has_load = false;
  const auto imported =
      AnalyseRuns(std::vector<RunRecord>{Imported(log)}, By(Attribution::kMarginal));
  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message, HasSubstr("no load phase"));
  RunRecord bare = Own();
  std::erase_if(bare.windows, [](const Window& w) { return w.phase == Phase::kIdleLoaded; });
  const auto own = AnalyseRuns(std::vector<RunRecord>{bare}, By(Attribution::kMarginal));
  ASSERT_FALSE(own);
  EXPECT_THAT(own.error().message, HasSubstr("baseline"));
}
TEST(Analyse, MarginalOfOwnRunsIsAboveTheLoadedIdleMachine) {
  EXPECT_NEAR(Only({Own()}, By(Attribution::kMarginal)).energy_wh.mean, 1000 / 3600.0, 1e-12);
}

// power/: 1,000 GiB are eight modules of 2.5 W. The counters and the constant stay.
TEST(Analyse, NativeAccountingOfAnImportedLogChangesMemoryAlone) {
  AnalyseOptions options = By(Accounting::kNative);
  options.attribution = Attribution::kMachine;
  const CellResult cell = Only({Imported()}, options);
  EXPECT_NEAR(cell.energy_wh.mean, (60000 + 4250 + 2000) / 3600.0, 1e-9);
  ASSERT_TRUE(cell.ram);
  EXPECT_NEAR(cell.ram->wh, 2000 / 3600.0, 1e-12);
  EXPECT_DOUBLE_EQ(cell.ram->bytes, 1000.0 * 1024 * 1024 * 1024);
}
TEST(Analyse, CodeCarbonsRulesOnOwnRunsKnowTheMachineAlone) {
  AnalyseOptions options = By(Accounting::kCodeCarbon231);
  EXPECT_EQ(Only({Own()}, options).rules.attribution, Attribution::kMachine);
  options.attribution = Attribution::kMarginal;
  EXPECT_EQ(Only({Own()}, options).rules.attribution, Attribution::kMachine);
  EXPECT_THAT(Only({Own()}, options).marginal_refused, HasSubstr("codecarbon-2.3.1"));
}

TEST(Analyse, AGivenGridTakesThePlaceOfTheLogs) {
  AnalyseOptions options;
  GridIntensity grid;
  grid.place = "custom";
  grid.intensity = GramsPerKwh(297.6);
  options.grid = grid;
  const CellResult cell = Only({Imported()}, options);
  EXPECT_EQ(cell.rules.grid.place, "custom");
  EXPECT_NEAR(cell.emissions_g.mean, kMachineWh / 1000 * 297.6, 1e-12);
}
TEST(Analyse, EachRunHasTheIntensityOfItsOwnLog) {
  ImportedLog first;
  ImportedLog second;
  second.run_id = "run-2";
  second.repeat = 1;
  second.grams_per_kwh = "200";
  const CellResult cell = Only({Imported(first), Imported(second)});
  EXPECT_NEAR(cell.runs[0].grams, kMachineWh / 1000 * 138.75, 1e-12);
  EXPECT_NEAR(cell.runs[1].grams, kMachineWh / 1000 * 200, 1e-12);
  EXPECT_NEAR(cell.rules.grid.intensity.value(), (138.75 + 200) / 2, 1e-9);
}
TEST(Analyse, ALogWithoutEmissionsIsReadAtTheWorldsIntensity) {
  ImportedLog log;
  log.grams_per_kwh.clear();
  EXPECT_NEAR(Only({Imported(log)}).emissions_g.mean, kMachineWh / 1000 * 475, 1e-12);
}
TEST(Analyse, PueMultipliesEmissionsAndLeavesEnergyAndIntensity) {
  AnalyseOptions options;
  options.pue = 1.5;
  const CellResult imported = Only({Imported()}, options);
  EXPECT_DOUBLE_EQ(imported.energy_wh.mean, kMachineWh);
  EXPECT_NEAR(imported.emissions_g.mean, 1.5 * kMachineWh / 1000 * 138.75, 1e-12);
  EXPECT_NEAR(imported.rules.grid.intensity.value(), 138.75, 1e-9);
  EXPECT_NEAR(Only({Own()}, options).emissions_g.mean, 1.5 * 5000 / 3.6e6 * 475, 1e-12);
}

// Student t of two degrees at 95 %: 4.302653.
TEST(Analyse, RepeatsGiveAMeanAndItsInterval) {
  const CellResult cell = Only({Own(0, 49), Own(1, 50), Own(2, 51)});
  EXPECT_EQ(cell.energy_wh.n, 3u);
  EXPECT_DOUBLE_EQ(cell.energy_wh.mean, 5000 / 3600.0);
  EXPECT_NEAR(*cell.energy_wh.std, 100 / 3600.0, 1e-12);
  EXPECT_NEAR(cell.energy_wh.repeatability->high,
              (5000 + 4.302652729911275 * 100 / std::sqrt(3.0)) / 3600, 1e-9);
  EXPECT_THAT(cell.flags, Not(Contains("single_repeat")));
  EXPECT_THAT(Only({Own()}).flags, Contains("single_repeat"));
  EXPECT_FALSE(Only({Own()}).energy_wh.expanded);
}

TEST(Analyse, LoadHasItsBreakEven) {
  const CellResult cell = Only({Own()});
  ASSERT_TRUE(cell.load && cell.load->energy_wh);
  EXPECT_DOUBLE_EQ(*cell.load->energy_wh, 4500 / 3600.0);
  EXPECT_NEAR(*cell.load->breakeven_queries, 900, 1e-9);  // 4,500 J at 5 J a query
}

TEST(Analyse, ARunInWhichNothingWasReadIsNamed) {
  RunRecord run = Own();
  for (Window& window : run.windows) window.channels.clear();
  const auto cells = AnalyseRuns(std::vector<RunRecord>{run}, {});
  ASSERT_FALSE(cells);
  EXPECT_THAT(cells.error().message, HasSubstr("a-model on sst2"));
}

TEST(Analyse, NamesOfAttributionsRoundTripAndOthersAreRefused) {
  for (const Attribution value :
       {Attribution::kMachine, Attribution::kDevice, Attribution::kMarginal})
    EXPECT_EQ(*ParseAttribution(Name(value)), value);
  EXPECT_THAT(ParseAttribution("devices").error().message, HasSubstr("machine, device, marginal"));
}

}  // namespace
}  // namespace permille
