// SPDX-License-Identifier: Apache-2.0
#include "analyse/extrapolation.h"

#include <gmock/gmock.h>

#include "analyse/beside_study.h"
#include "analyse/study_cells_test.h"

namespace permille {
namespace {

using ::testing::ElementsAre;

/// A run of queries of 10 s, of which 6 s are three passes of the denoiser: two steps of PNDM,
/// whose 50 steps are 51 passes.
RunRecord TwoSteps() {
  RunRecord run;
  run.environment = {{"extrapolate", "steps"},
                     {"denoising_steps", "2"},
                     {"denoising_passes", "3"},
                     {"usual_denoising_steps", "50"},
                     {"usual_denoising_passes", "51"}};
  QueryRecord query;
  query.latency = Seconds(10);
  query.phases.decode = Seconds(6);
  run.query_records = {query, query};
  return run;
}

std::optional<StepScale> ScaleOf(const RunRecord& run) {
  const ReadableRun readable{&run, {}};
  return MoreSteps({&readable, 1});
}

/// A measured cell of these Wh per 1,000 queries, with the scale of TwoSteps().
CellResult Measured(const std::vector<double>& wh) {
  CellResult cell = MadeCell({"text-to-image", "d", "m"}, wh);
  const auto scale = ScaleOf(TwoSteps());
  EXPECT_TRUE(scale);
  cell.more_steps = scale;
  cell.more_steps->factors.assign(wh.size(), scale->factors.at(0));
  return cell;
}

// 4 s stay, 6 s become 6 x 51 / 3 = 102 s: 106 s for what took 10.
TEST(Extrapolation, TheFixedPartStaysAndPassesMultiply) {
  const auto scale = ScaleOf(TwoSteps());
  ASSERT_TRUE(scale);
  EXPECT_EQ(scale->steps.from, 2);
  EXPECT_EQ(scale->steps.to, 50);
  EXPECT_THAT(scale->factors, ElementsAre(testing::DoubleNear(10.6, 1e-12)));
  EXPECT_NEAR(scale->fixed_share, 0.4, 1e-12);
}

// Were all joules the denoiser's, they would grow 17-fold: half of what lies between, rectangular.
TEST(Extrapolation, ItsUncertaintyIsWhatJoulesMayHaveToDoWithTheFixedPart) {
  EXPECT_NEAR(ScaleOf(TwoSteps())->relative, (17 - 10.6) / 10.6 / std::sqrt(3.0), 1e-12);
}

TEST(Extrapolation, NeedsAStudyThatAsksForItAndTimesThatFit) {
  for (const char* fact : {"extrapolate", "denoising_steps", "denoising_passes",
                           "usual_denoising_steps", "usual_denoising_passes"}) {
    RunRecord run = TwoSteps();
    run.environment.erase(fact);
    EXPECT_FALSE(ScaleOf(run)) << fact;
  }
  RunRecord whole = TwoSteps();
  whole.environment["denoising_passes"] = "51";
  EXPECT_FALSE(ScaleOf(whole)) << "all steps were done";
  RunRecord none = TwoSteps();
  none.environment["denoising_passes"] = "0";
  EXPECT_FALSE(ScaleOf(none));
  RunRecord untimed = TwoSteps();
  for (QueryRecord& query : untimed.query_records) query.phases = {};
  EXPECT_FALSE(ScaleOf(untimed));
  RunRecord odd = TwoSteps();
  for (QueryRecord& query : odd.query_records) query.phases.decode = Seconds(11);
  EXPECT_FALSE(ScaleOf(odd)) << "denoising cannot take longer than the query";
}

TEST(Extrapolation, MakesARowOfItsOwnThatSaysSo) {
  std::vector<CellResult> cells = {MadeCell({"text-classification", "d", "a"}, {1, 1}),
                                   Measured({10, 12})};
  AddExtrapolated(cells);
  ASSERT_EQ(cells.size(), 3U);
  const CellResult& measured = cells[1];
  const CellResult& more = cells[2];
  EXPECT_FALSE(measured.extrapolated);
  EXPECT_NEAR(measured.energy_wh.mean, 11, 1e-12);
  EXPECT_EQ(measured.cell.variant, "2 steps");
  EXPECT_FALSE(measured.in_study) << "no figure of the study is of two steps";
  ASSERT_TRUE(more.extrapolated);
  EXPECT_EQ(more.extrapolated->to, 50);
  EXPECT_EQ(more.cell.variant, "extrapolated");
  EXPECT_NE(more.cell.key, measured.cell.key);
  EXPECT_NEAR(more.energy_wh.mean, 11 * 10.6, 1e-9);
  EXPECT_NEAR(more.emissions_g.mean, measured.emissions_g.mean * 10.6, 1e-9);
  EXPECT_EQ(more.energy_wh.n, 2U);
  EXPECT_TRUE(more.in_study);
  EXPECT_THAT(more.flags, testing::Contains("extrapolated"));
  EXPECT_FALSE(more.more_steps) << "or it would be extrapolated again";
}

TEST(Extrapolation, ItsIntervalIsTheWiderOne) {
  const CellResult measured = Measured({10, 12});
  const auto more = Extrapolate(measured);
  ASSERT_TRUE(more && more->energy_wh.expanded && measured.energy_wh.expanded);
  const auto ratio = [](const Interval& interval) { return interval.high / interval.low; };
  EXPECT_GT(ratio(*more->energy_wh.expanded), ratio(*measured.energy_wh.expanded));
}

TEST(Extrapolation, OneRunHasNoInterval) {
  const auto more = Extrapolate(Measured({10}));
  ASSERT_TRUE(more);
  EXPECT_FALSE(more->energy_wh.expanded);
  EXPECT_FALSE(more->energy_wh.repeatability);
}

TEST(Extrapolation, ATableThatRestsOnItSaysSoInTheRowAndTheTitle) {
  std::vector<CellResult> cells = {MadeCell({"text-classification", "d", "a"}, {1, 1}),
                                   Measured({10, 10})};
  AddExtrapolated(cells);
  DataTable table{"t", "By task", "", {PlainColumn("task")}, {}};
  table.rows = {{std::string("text-classification")}, {std::string("text-to-image")}};
  NoteExtrapolated(table, cells);
  EXPECT_EQ(table.title, "By task (text-to-image extrapolated from 2 to 50 steps)");
  EXPECT_EQ(TextAt(table, &table.rows[1], "note"), "extrapolated from 2 to 50 steps");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(At(table, table.rows.data(), "note")));
  DataTable other{"t", "By task", "", {PlainColumn("task")}, {{std::string("text-generation")}}};
  NoteExtrapolated(other, cells);
  EXPECT_EQ(other.columns.size(), 1U);
  EXPECT_EQ(other.title, "By task");
}

TEST(BesideStudy, TellsThatAFigureIsExtrapolated) {
  std::vector<CellResult> cells = {MadeCell({"text-classification", "d", "a"}, {1, 1}),
                                   Measured({10, 10})};
  AddExtrapolated(cells);
  const auto tasks = TasksBeside(MadeStudy(std::move(cells)));
  ASSERT_EQ(tasks.size(), 2U);
  EXPECT_FALSE(tasks[0].extrapolated);
  ASSERT_TRUE(tasks[1].extrapolated);
  EXPECT_NEAR(tasks[1].times, 106, 1e-9);
}

// catalog/paper/study.yaml, one_gpu_kwh: 0.690659 / 0.000207 = 3336.5 and 0.808944 / 0.000346 =
// 2338.0 (the study's log analysis gives about 2336 to 3329, from more digits).
TEST(BesideStudy, WithOneGpuTheStudysRatiosLieBetweenTwoEstimates) {
  const auto tasks = TasksBeside(MadeStudy({MadeCell({"text-classification", "d", "a"}, {1}),
                                            MadeCell({"question-answering", "d", "b"}, {3}),
                                            MadeCell({"token-classification", "d", "c"}, {2}),
                                            MadeCell({"text-to-image", "d", "e"}, {9})}));
  ASSERT_EQ(tasks.size(), 4U);
  ASSERT_TRUE(tasks[3].one_gpu_times);
  EXPECT_NEAR(tasks[3].one_gpu_times->low, 2338, 1);
  EXPECT_NEAR(tasks[3].one_gpu_times->high, 3336.5, 1);
  // 0.000417 and 0.000395 by the load baseline, 0.000495 and 0.000501 by the floor.
  ASSERT_TRUE(tasks[1].one_gpu_rank);
  EXPECT_EQ(tasks[1].task, "question-answering");
  EXPECT_EQ(tasks[1].one_gpu_rank->low, 2);
  EXPECT_EQ(tasks[1].one_gpu_rank->high, 3);
}

}  // namespace
}  // namespace permille
