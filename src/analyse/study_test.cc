// SPDX-License-Identifier: Apache-2.0
#include "analyse/study.h"

#include <gmock/gmock.h>

#include "analyse/imported_log_test.h"
#include "analyse/study_cells_test.h"
#include "store/store.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using testing::HasSubstr;

/// Runs and what came with them, through a store.
class StudyTest : public testing::Test {
 protected:
  Result<StudyInput> Read(const std::vector<RunRecord>& runs, const ImportedFacts& facts = {}) {
    const std::string path = tree_.Path("study.db");
    const auto store = Store::Open(path, OpenMode::kWrite);
    EXPECT_TRUE(store) << store.error().message;
    const auto added = (*store)->AppendAll(runs, facts);
    EXPECT_TRUE(added) << added.error().message;
    return ReadStudy(path, {});
  }
  /// The one cell of one run.
  CellResult Only(const ImportedLog& log, const ImportedFacts& facts = {}) {
    const auto study = Read({Imported(log)}, facts);
    EXPECT_TRUE(study) << study.error().message;
    return study && study->cells.size() == 1 ? study->cells[0] : CellResult();
  }
  TempTree tree_;
};

ImportedLog Log(const char* task, const char* dataset, const char* variant, const char* model) {
  ImportedLog log;
  log.task = task;
  log.dataset = dataset;
  log.variant = variant;
  log.model = model;
  return log;
}

TEST_F(StudyTest, ACellOfTheTablesIsTaskSpecificAndCounted) {
  const CellResult cell = Only(Log("text-classification", "sst2", "default", "a"));
  EXPECT_TRUE(cell.in_study);
  EXPECT_EQ(cell.purpose, "task-specific");
  EXPECT_EQ(cell.modality, "text-to-category");
}
TEST_F(StudyTest, AMultiPurposeModelIsOneWhereItWasAskedWithoutTraining) {
  const CellResult cell =
      Only(Log("text-classification", "sst2", "zero-shot", "bigscience/bloomz-560m"));
  EXPECT_TRUE(cell.in_study);
  EXPECT_EQ(cell.purpose, "multi-purpose");
  EXPECT_EQ(cell.model_class, "decoder");
}
TEST_F(StudyTest, AnotherModelAskedWithoutTrainingIsNotInTheTables) {
  EXPECT_FALSE(Only(Log("text-classification", "sst2", "zero-shot", "another")).in_study);
}
// study.yaml, not_in_tables: two image generation models that Table 2 leaves out.
TEST_F(StudyTest, AModelThatTheStudyLeftOutIsNotInTheTables) {
  EXPECT_FALSE(
      Only(Log("text-to-image", "imagereward", "default", "SG161222/Realistic_Vision_V1.4"))
          .in_study);
}
TEST_F(StudyTest, OriginalImagesAreNotInTheTablesAndResizedOnesAre) {
  EXPECT_TRUE(Only(Log("image-classification", "cifar10", "resized", "v")).in_study);
}
TEST_F(StudyTest, ImagesAsTheyWereAreNotInTheTables) {
  EXPECT_FALSE(Only(Log("image-classification", "cifar10", "original", "v")).in_study);
}
TEST_F(StudyTest, ADatasetThatTheStudyDidNotHaveIsNotInTheTables) {
  EXPECT_FALSE(Only(Log("text-classification", "my-own", "default", "a")).in_study);
}

TEST_F(StudyTest, OwnRunsCountWhateverTheirDatasetAndCommandsDoNot) {
  RunRecord own = Imported(Log("text-classification", "my-own", "default", "a"));
  own.cell.engine = "onnx";
  own.cell.key = "own";
  RunRecord command = own;
  command.run_id = "run-2";
  command.cell.task.clear();
  command.cell.engine = "exec";
  command.cell.key = "exec";
  const auto study = Read({own, command});
  ASSERT_TRUE(study) << study.error().message;
  ASSERT_EQ(study->cells.size(), 2u);
  EXPECT_TRUE(study->cells[0].in_study);
  EXPECT_FALSE(study->cells[1].in_study);
  EXPECT_EQ(study->cells[1].purpose, "");
}

TEST_F(StudyTest, RunsThatNoTotalsListAreInTheTotalsAlone) {
  ImportedLog unlisted = Log("", "", "unlisted", "a");
  unlisted.run_id = "run-2";
  const auto study =
      Read({Imported(Log("text-classification", "sst2", "default", "a")), Imported(unlisted)});
  ASSERT_TRUE(study) << study.error().message;
  ASSERT_EQ(study->cells.size(), 1u);
  const auto* row = &study->totals.rows.at(0);
  EXPECT_EQ(NumberAt(study->totals, row, "runs"), 1);
  EXPECT_EQ(NumberAt(study->totals, row, "cells"), 1);
  EXPECT_EQ(NumberAt(study->totals, row, "all_runs"), 2);
  // Loading at 400 + 42.5 + 375 W for 20 s, queries at 600 + 42.5 + 375 W for 100 s, twice.
  EXPECT_NEAR(NumberAt(study->totals, row, "all_energy_kwh"), 2 * (16350 + 101750) / 3.6e6, 1e-12);
  EXPECT_NEAR(NumberAt(study->totals, row, "all_gpu_kwh"), 2 * 68000 / 3.6e6, 1e-12);
  EXPECT_NEAR(NumberAt(study->totals, row, "all_emissions_g"), 2 * 118100 / 3.6e6 * 138.75, 1e-9);
  EXPECT_NEAR(NumberAt(study->totals, row, "energy_kwh"), 101750 / 3.6e6, 1e-12);
}
TEST_F(StudyTest, ACellOfWhichNothingWasReadIsNamedAndTheRestReported) {
  RunRecord silent = Imported(Log("text-classification", "imdb", "default", "silent"));
  silent.run_id = "run-2";
  silent.windows.clear();
  const auto study = Read({Imported(Log("text-classification", "sst2", "default", "a")), silent});
  ASSERT_TRUE(study) << study.error().message;
  ASSERT_EQ(study->cells.size(), 1u);
  ASSERT_EQ(study->left_out.size(), 1u);
  EXPECT_THAT(study->left_out[0], HasSubstr("silent on imdb"));
}
TEST_F(StudyTest, WhereNothingIsLeftTheReasonIsTheError) {
  RunRecord silent = Imported();
  silent.windows.clear();
  const auto study = Read({silent});
  ASSERT_FALSE(study);
  EXPECT_THAT(study.error().message, HasSubstr("no meter gave a single joule"));
}
TEST_F(StudyTest, GramsThatNotAllRunsHaveAreNotTheTotals) {
  ImportedLog silent = Log("text-classification", "sst2", "default", "a");
  silent.run_id = "run-2";
  silent.repeat = 1;
  silent.grams_per_kwh.clear();
  const auto study =
      Read({Imported(Log("text-classification", "sst2", "default", "a")), Imported(silent)});
  ASSERT_TRUE(study) << study.error().message;
  const DataValue grams = At(study->totals, &study->totals.rows.at(0), "all_emissions_g");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(grams));
}
TEST_F(StudyTest, AStoreOfUnlistedRunsAloneAsksForTheTotals) {
  const auto study = Read({Imported(Log("", "", "unlisted", "a"))});
  ASSERT_FALSE(study);
  EXPECT_THAT(study.error().message, HasSubstr("import the totals too"));
}

TEST_F(StudyTest, TablesBesideTheLogsDescribeTheCell) {
  ImportedFacts facts;
  facts.models = {{"a", 66e6, "encoder", "model_parameters.csv"}};
  facts.scores = {{"a", "sst2", "text-classification", "accuracy", 0.91, "performance.csv"},
                  {"a", "imdb", "text-classification", "accuracy", 0.5, "performance.csv"}};
  facts.lengths = {{"a", "sst2", "default", "words", 4, 80, 6, "lengths/sst2.csv"}};
  const CellResult cell = Only(Log("text-classification", "sst2", "default", "a"), facts);
  EXPECT_EQ(cell.parameters, 66e6);
  EXPECT_EQ(cell.model_class, "encoder");
  ASSERT_EQ(cell.scores.size(), 1u);
  EXPECT_EQ(cell.scores[0].value, 0.91);
  EXPECT_FALSE(cell.scores[0].same_queries);
  ASSERT_TRUE(cell.words && cell.words->output_mean);
  EXPECT_EQ(cell.words->input_mean, 20);
  EXPECT_EQ(*cell.words->output_mean, 1.5);
  EXPECT_THAT(cell.words->source, HasSubstr("other runs"));
}

TEST_F(StudyTest, TheReportIsOfAllTables) {
  ASSERT_TRUE(Read({Imported()}));
  const auto report = AnalyseStudy(tree_.Path("study.db"), {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->store, "study.db");
  EXPECT_EQ(report->tables.size(), 7u);
  EXPECT_EQ(report->figures.size(), 6u);
  EXPECT_FALSE(report->claims.rows.empty());
  EXPECT_EQ(report->totals.rows.size(), 1u);
}

TEST_F(StudyTest, AnEmptyStoreAndNoneAreErrors) {
  ASSERT_TRUE(Store::Open(tree_.Path("empty.db"), OpenMode::kWrite));
  for (const char* name : {"empty.db", "none.db"}) {
    const auto study = ReadStudy(tree_.Path(name), {});
    ASSERT_FALSE(study) << name;
    EXPECT_THAT(study.error().message, HasSubstr(name));
  }
}

}  // namespace
}  // namespace permille
