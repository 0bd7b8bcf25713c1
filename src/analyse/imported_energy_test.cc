// SPDX-License-Identifier: Apache-2.0
#include "analyse/imported_energy.h"

#include <gmock/gmock.h>

#include "analyse/imported_log_test.h"

namespace permille {
namespace {

using testing::HasSubstr;

// Joules of imported_log_test.h's run, per 1,000 queries.
constexpr double kGpu = 600 * 100;
constexpr double kIdleSeven = 7 * 50 * 100;  // 400 W while loading over eight GPUs
constexpr double kCpu = 42.5 * 100;
constexpr double kRam = 375 * 100;

const Window& Query(const RunRecord& run) {
  return run.windows.back();
}

/// Joules by channel: gpu-all, cpu, ram.
std::vector<double> JoulesOf(const RunRecord& run, Accounting accounting, Attribution attribution) {
  std::vector<double> joules;
  for (const ChannelEnergy& energy :
       ImportedEnergies({&run, {}}, Query(run), accounting, attribution))
    joules.push_back(energy.energy.value());
  return joules;
}

constexpr auto kAsLogged = Accounting::kCodeCarbon231;

TEST(ImportedEnergy, TheMachineIsWhatTheLogSays) {
  EXPECT_THAT(JoulesOf(Imported(), kAsLogged, Attribution::kMachine),
              testing::ElementsAre(kGpu, kCpu, kRam));
}

TEST(ImportedEnergy, ADeviceIsTheGpusLessSevenIdleOnes) {
  const RunRecord run = Imported();
  EXPECT_THAT(JoulesOf(run, kAsLogged, Attribution::kDevice),
              testing::ElementsAre(kGpu - kIdleSeven, kCpu, kRam));
  const auto energies = ImportedEnergies({&run, {}}, Query(run), kAsLogged, Attribution::kDevice);
  EXPECT_EQ(energies[0].provenance, Provenance::kModelled);  // no counter split them
  EXPECT_THAT(energies[0].rule, HasSubstr("7 x 50.0 W"));
}

TEST(ImportedEnergy, WithoutKnowingWhichGpusWorkedNothingIsSplit) {
  ImportedLog log;
  log.gpus_used.reset();
  EXPECT_FALSE(IdleGpuPower(Imported(log)));
  EXPECT_EQ(JoulesOf(Imported(log), kAsLogged, Attribution::kDevice)[0], kGpu);
}
TEST(ImportedEnergy, WithoutALoadPhaseNothingIsSplit) {
  ImportedLog log;
  log.has_load = false;
  EXPECT_FALSE(IdleGpuPower(Imported(log)));
  EXPECT_EQ(JoulesOf(Imported(log), kAsLogged, Attribution::kDevice)[0], kGpu);
}
TEST(ImportedEnergy, AllGpusAtWorkLeaveNoneToTakeOff) {
  ImportedLog log;
  log.gpus_used = 8;
  EXPECT_EQ(JoulesOf(Imported(log), kAsLogged, Attribution::kDevice)[0], kGpu);
}

// 1,000 GiB: eight modules of 2.5 W by docs/method.md; fourteen times 5 W by CodeCarbon 3.3
// (sixteen DIMMs: four whole, four at 90 %, eight at 80 %).
TEST(ImportedEnergy, AnotherAccountingChangesMemoryAlone) {
  EXPECT_THAT(JoulesOf(Imported(), Accounting::kNative, Attribution::kMachine),
              testing::ElementsAre(kGpu, kCpu, 20.0 * 100));
  EXPECT_THAT(JoulesOf(Imported(), Accounting::kCodeCarbon3, Attribution::kMachine),
              testing::ElementsAre(kGpu, kCpu, testing::DoubleEq(70.0 * 100)));
}

TEST(ImportedEnergy, MarginalIsTheGpusAboveTheirPowerWhileLoading) {
  const RunRecord run = Imported();
  const auto marginal = ImportedMarginal({&run, {}});
  ASSERT_TRUE(marginal);
  EXPECT_DOUBLE_EQ(marginal->total.value(), (600 - 400) * 100);
  ASSERT_EQ(marginal->channels.size(), 1u);
  EXPECT_THAT(marginal->channels[0].rule, HasSubstr("lower bound"));
}
TEST(ImportedEnergy, MarginalNeedsALoadPhaseAndQueries) {
  ImportedLog none;
  none.has_load = false;
  ImportedLog idle;
  idle.queries = 0;
  for (const ImportedLog& log : {none, idle}) {
    const RunRecord run = Imported(log);
    EXPECT_FALSE(ImportedMarginal({&run, {}}));
  }
}
TEST(ImportedEnergy, FewerQueriesAreScaledToAThousand) {
  ImportedLog log;
  log.queries = 250;
  const RunRecord run = Imported(log);
  EXPECT_DOUBLE_EQ(ImportedMarginal({&run, {}})->total.value(), 4 * 20000);
  EXPECT_DOUBLE_EQ(*GpusOf(run)->idle_wh, 4 * kIdleSeven / 3600);
}

// Of the first load window: a later one already has the model on the GPU.
TEST(ImportedEnergy, IdlePowerIsThatOfTheFirstLoadWindow) {
  RunRecord run = Imported();
  run.windows.insert(run.windows.begin() + 1, LoggedWindow({}, Phase::kLoad, 20, 800));
  EXPECT_DOUBLE_EQ(IdleGpuPower(run)->value(), 50);
}

TEST(ImportedEnergy, TheFloorIsTheLeastOfAnyLongWindow) {
  ImportedLog low;
  low.load_watts = 240;  // 30 W each
  ImportedLog brief;
  brief.load_watts = 80;
  brief.load_seconds = 10;  // too short to be trusted
  const RunRecord runs[] = {Imported(), Imported(low), Imported(brief)};
  std::vector<ReadableRun> readable;
  for (const RunRecord& run : runs) readable.push_back({&run, {}});
  EXPECT_DOUBLE_EQ(GpuFloor(readable)->value(), 30);
  EXPECT_FALSE(GpuFloor({}));
}

TEST(ImportedEnergy, SaysHowManyGpusWereCountedAndWorked) {
  const auto share = GpusOf(Imported());
  ASSERT_TRUE(share);
  EXPECT_EQ(share->counted, 8);
  EXPECT_EQ(share->used, 1);
  EXPECT_DOUBLE_EQ(*share->idle_wh, kIdleSeven / 3600);
  ImportedLog unknown;
  unknown.gpus_used.reset();
  EXPECT_FALSE(GpusOf(Imported(unknown))->used);
  EXPECT_FALSE(GpusOf(Imported(unknown))->idle_wh);
  EXPECT_FALSE(GpusOf(RunRecord()));
}

}  // namespace
}  // namespace permille
