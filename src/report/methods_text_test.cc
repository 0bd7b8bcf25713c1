// SPDX-License-Identifier: Apache-2.0
#include "report/methods_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace permille {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// One of the study's cells, whose shares of energy are those of an A100 machine under its rules.
CellResult LoggedCell() {
  CellResult cell;
  cell.cell.task = "text-classification";
  cell.cell.model = "distilbert";
  cell.cell.dataset = "sst2";
  cell.cell.engine = "imported";
  cell.queries = 1000;
  cell.repeats = 10;
  cell.rules.attribution = Attribution::kMachine;
  cell.rules.accounting = Accounting::kCodeCarbon231;
  cell.rules.grid.place = "as-logged";
  cell.energy_wh.repeatability = Interval{1.9, 2.1};
  cell.energy_wh.expanded = Interval{1.5, 2.5};
  cell.budget = {{"repeatability", 0.01}, {"source:gpu-all", 0.05}};
  cell.components = {
      {Component::kGpu, "gpu-all", Provenance::kMeasured, "codecarbon", "", Use::kUsed, 5, 1},
      {Component::kCpu, "cpu", Provenance::kAssumed, "codecarbon", "42.5 W", Use::kUsed, 1, 1},
      {Component::kRam, "ram", Provenance::kModelled, "codecarbon", "3/8 W/GB", Use::kUsed, 4, 1}};
  cell.marginal_refused = "no idle window";
  return cell;
}

CellResult OwnCell() {
  CellResult cell = LoggedCell();
  cell.cell.engine = "onnx";
  cell.cell.weights = "random";
  cell.cell.tokens = "modelled";
  cell.repeats = 5;
  cell.rules = {Attribution::kDevice,
                Accounting::kNative,
                {"FRA", "France", "country", GramsPerKwh(56.039), 2023, "Our World in Data"},
                1.2};
  cell.flags = {"cross_check:gpu-0", "cross_check:gpu-1", "short_window"};
  return cell;
}

StudyReport Report(std::vector<CellResult> cells) {
  StudyReport report;
  report.store = "study.db";
  report.cells = std::move(cells);
  return report;
}

TEST(MethodsText, SaysWhatWasRunAndHowOften) {
  const std::string text = MethodsText(Report({LoggedCell()}));
  EXPECT_THAT(text, StartsWith("The figures rest on 10 runs in 1 cell of model, task and dataset "
                               "(1 model on 1 dataset; text-classification), 1000 queries a run; "
                               "each cell was repeated 10 times."));
  EXPECT_THAT(text, HasSubstr("Logs of another tracker were imported"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << "one paragraph";
}

TEST(MethodsText, SharesOfEnergyAreByProvenanceAndAddUp) {
  const std::string text = MethodsText(Report({LoggedCell()}));
  EXPECT_THAT(text, HasSubstr("Of the energy, 50.0 % measured (gpu: codecarbon), 40.0 % modelled "
                              "(ram: 3/8 W/GB), 10.0 % assumed (cpu: 42.5 W)."));
  EXPECT_THAT(text, HasSubstr("So 50.0 % of it is an estimate"));
}

TEST(MethodsText, SharesWeighCellsByTheirQueries) {
  CellResult metered = LoggedCell();
  metered.repeats = 30;
  metered.components = {
      {Component::kGpu, "gpu-0", Provenance::kMeasured, "nvml", "", Use::kUsed, 10, 1}};
  // 10 runs x 10 Wh, half of it measured, and 30 runs x 10 Wh, all of it: 350 of 400.
  EXPECT_THAT(MethodsText(Report({LoggedCell(), metered})), HasSubstr("87.5 % measured"));
}

TEST(MethodsText, NothingEstimatedIsSaidToo) {
  CellResult cell = LoggedCell();
  cell.components.resize(1);
  EXPECT_THAT(MethodsText(Report({cell})), HasSubstr("None of it is an estimate."));
}

TEST(MethodsText, RulesThatDifferAreCountedByCells) {
  const std::string text = MethodsText(Report({LoggedCell(), OwnCell(), OwnCell()}));
  for (const char* part :
       {"by machine (everything that was read, whether or not the work used it) in 1 of 3 cells",
        "by device (only the devices that the work used) in 2 of 3 cells",
        "Accounting rules: codecarbon-2.3.1 and native.",
        "France (56.04 g CO2e/kWh, 2023; Our World in Data)",
        "the intensity that each imported log used itself", "PUE: 1 to 1.200.",
        "each cell was repeated 5 to 10 times", "No marginal figure is given for all cells."})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(MethodsText, DeviceSplitThatIsAnEstimateSaysHow) {
  CellResult cell = LoggedCell();
  cell.device_note = "idle GPUs taken at 50 W";
  EXPECT_THAT(
      MethodsText(Report({cell})),
      HasSubstr("The share of the devices in use is an estimate: idle GPUs taken at 50 W."));
}

TEST(MethodsText, IntervalsNameTheirTerms) {
  EXPECT_THAT(MethodsText(Report({LoggedCell()})),
              HasSubstr("k = 2 (the one cell) and combines repeatability and source."));
  CellResult once = LoggedCell();
  once.energy_wh = {};
  once.repeats = 1;
  EXPECT_THAT(MethodsText(Report({once})), HasSubstr("No cell was repeated"));
  EXPECT_THAT(MethodsText(Report({once})), HasSubstr("each cell was run once."));
}

TEST(MethodsText, AFigureThatWasExtrapolatedIsNamed) {
  CellResult more = OwnCell();
  more.cell.model = "painter";
  more.extrapolated = StepSpan{2, 50};
  EXPECT_THAT(MethodsText(Report({OwnCell(), more})),
              HasSubstr("The figure of painter with 50 denoising steps was not measured: it is "
                        "extrapolated from 2."));
  EXPECT_THAT(MethodsText(Report({OwnCell()})), Not(HasSubstr("extrapolated")));
}

TEST(MethodsText, RandomWeightsModelledTokensAndFlags) {
  const std::string text = MethodsText(Report({LoggedCell(), OwnCell()}));
  for (const char* part :
       {"In 1 of 2 cells the weights were random numbers",
        "In 1 of 2 cells the number of tokens was modelled",
        "Flagged: cross_check (1 cell) and short_window (1 cell).", "Engine: onnx."})
    EXPECT_THAT(text, HasSubstr(part));
  const std::string plain = MethodsText(Report({LoggedCell()}));
  EXPECT_THAT(plain, HasSubstr("No run was flagged."));
  EXPECT_THAT(plain, Not(HasSubstr("random")));
}

TEST(MethodsText, QualityFromOtherRunsIsNamed) {
  CellResult cell = LoggedCell();
  cell.scores = {{"accuracy", 0.91, {}, false, "performance.csv"}};
  EXPECT_THAT(
      MethodsText(Report({cell})),
      HasSubstr("In the one cell the quality given comes from other runs than those metered."));
}

TEST(MethodsText, EmptyStoreAndUnreadEnergyAreSaid) {
  EXPECT_THAT(MethodsText(Report({})), HasSubstr("found no runs"));
  CellResult cell = LoggedCell();
  cell.components.clear();
  EXPECT_THAT(MethodsText(Report({cell})), HasSubstr("No energy could be read."));
}

TEST(MethodsMarkdown, OneParagraphATopicAndNamesAreText) {
  CellResult cell = OwnCell();
  cell.cell.task = "<script>|_x_";
  const std::string text = MethodsMarkdown(Report({cell}));
  EXPECT_THAT(text, StartsWith("### Methods\n\n**Runs.** "));
  for (const char* part :
       {"\n**Energy.** ", "\n**Carbon.** ", "\n**Software.** ", "&lt;script>\\|\\_x\\_"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(MethodsText, NamesTheProgramAndItsVersion) {
  EXPECT_THAT(MethodsText(Report({LoggedCell()})),
              HasSubstr("Computed by permille " PERMILLE_VERSION " from study.db."));
}

}  // namespace
}  // namespace permille
