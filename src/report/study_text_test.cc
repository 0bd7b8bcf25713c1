// SPDX-License-Identifier: Apache-2.0
#include "report/study_text.h"

#include <gmock/gmock.h>

namespace permille {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CellResult Cell(const std::string& task, double wh, std::size_t runs) {
  CellResult cell;
  cell.cell.task = task;
  cell.cell.model = "org/" + task;
  cell.cell.weights = "trained";
  cell.queries = 7;
  cell.repeats = runs;
  RunCost run;
  run.wh = wh;
  cell.runs.assign(runs, run);
  cell.energy_wh.mean = wh;
  if (runs > 1) cell.energy_wh.expanded = Interval{wh / 2, wh * 2};
  cell.components = {
      {Component::kCpu, "package-0", Provenance::kMeasured, "rapl", "", Use::kUsed, wh, 1}};
  return cell;
}

/// The text of a study whose published figures are 2 and 20 kWh.
std::string TextOf(std::vector<CellResult> cells) {
  StudyInput study;
  study.cells = std::move(cells);
  study.layout.title = "The paper";
  study.layout.table_2 = {{"text-classification", "2", 2, {1, 3}},
                          {"text-to-image", "20", 20, {40, 60}}};
  return StudyText("Mine", study);
}

TEST(StudyText, TellsWhatAFigureRestsOn) {
  const std::string text = TextOf({Cell("text-classification", 1, 3)});
  EXPECT_THAT(text, HasSubstr("Mine: 1,000 queries"));
  EXPECT_THAT(text, HasSubstr("0.5000 to 2"));
  EXPECT_THAT(text, HasSubstr("     21        3")) << "3 runs of 7 queries: " << text;
  EXPECT_THAT(text, HasSubstr("Joules are measured."));
  EXPECT_THAT(text, Not(HasSubstr("beside the study"))) << "there is nothing to compare";
}
TEST(StudyText, AnExtrapolatedFigureIsALineThatSaysSo) {
  CellResult few = Cell("text-to-image", 5, 1);
  few.in_study = false;
  few.more_steps = StepScale{{2, 50}, {6}, 0.4, 0.1};
  CellResult all = Cell("text-to-image", 30, 1);
  all.extrapolated = StepSpan{2, 50};
  const std::string text = TextOf({Cell("text-classification", 1, 2), few, all});
  EXPECT_THAT(text, HasSubstr("text-to-image, 2 steps "));
  EXPECT_THAT(text, HasSubstr("text-to-image, 50 steps: extrapolated"));
  EXPECT_THAT(text, HasSubstr("50 steps are extrapolated from 2"));
  EXPECT_THAT(text, HasSubstr("One run alone has no interval."));
  // 30 times ours, 10 times the study's; by one GPU 40 / 1 and 60 / 3.
  EXPECT_THAT(text, testing::ContainsRegex("50 steps: extrapolated +30 +10 +20 to 40 +2 +2 +2"));
}
TEST(StudyText, RandomWeightsAndOtherWorkAreTold) {
  CellResult random = Cell("text-classification", 1, 2);
  EXPECT_THAT(TextOf({random}), Not(HasSubstr("Other work")));
  EXPECT_THAT(TextOf({random}), Not(HasSubstr("stands for the trained ones")));
  random.cell.weights = "random";
  random.flags = {"other_load"};
  EXPECT_THAT(TextOf({random}), HasSubstr("stands for the trained ones"));
  EXPECT_THAT(TextOf({random}), HasSubstr("Other work ran on this machine during 1 of 1 cells"));
}
TEST(StudyText, JoulesOfAFormulaAreSaidToCompareTime) {
  CellResult cell = Cell("text-classification", 1, 2);
  cell.components[0].provenance = Provenance::kModelled;
  EXPECT_THAT(TextOf({cell}), HasSubstr("Joules are modelled: this machine has no energy counter"));
}
TEST(StudyText, NothingMeasuredIsNothingToSay) {
  EXPECT_EQ(TextOf({}), "");
}

}  // namespace
}  // namespace permille
