// SPDX-License-Identifier: Apache-2.0
#include "analyse/study_tables.h"

#include <gmock/gmock.h>

#include "analyse/study_cells_test.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kText = "text-classification";
constexpr const char* kAnswers = "question-answering";
constexpr const char* kBloomz = "bigscience/bloomz-560m";  // 10,505 + 543 kWh: study.yaml, Table 5

/// Two models of their own on text, one of them on a second dataset; one multi-purpose model on
/// text and on answers; and one cell that the study left out.
StudyInput Small() {
  std::vector<CellResult> cells = {
      MadeCell({kText, "sst2", "a"}, {1, 2, 3}),
      MadeCell({kText, "imdb", "a"}, {4, 5, 6}),
      MadeCell({kText, "sst2", "b"}, {10, 20, 30}),
      MadeCell({kText, "sst2", kBloomz, "multi-purpose"}, {100, 100, 100}),
      MadeCell({kAnswers, "sciq", kBloomz, "multi-purpose"}, {200, 200, 200}),
      MadeCell({kText, "sst2", "left-out"}, {1000, 1000, 1000}),
  };
  cells[5].in_study = false;
  cells[3].model_class = cells[4].model_class = "decoder";
  cells[3].parameters = cells[4].parameters = 559e6;
  return MadeStudy(std::move(cells));
}

const DataTable& Table(const std::vector<DataTable>& tables, const std::string& id) {
  for (const DataTable& table : tables) {
    if (table.id == id) return table;
  }
  ADD_FAILURE() << "no " << id;
  static const DataTable kNone;
  return kNone;
}

std::vector<std::string> List(const DataTable& table, const std::vector<DataValue>* row,
                              const char* column) {
  const DataValue value = At(table, row, column);
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  return list == nullptr ? std::vector<std::string>() : *list;
}

TEST(StudyTables, EveryRowIsAsLongAsItsColumnsAndEveryTableHasItsNumber) {
  const StudyInput study = Small();
  const auto tables = StudyTables(study);
  ASSERT_EQ(tables.size(), 7u);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    EXPECT_EQ(tables[i].id, "table-" + std::to_string(i + 1));
    for (const auto& row : tables[i].rows)
      EXPECT_EQ(row.size(), tables[i].columns.size()) << tables[i].id;
  }
  const auto figures = StudyFigures(study);
  ASSERT_EQ(figures.size(), 6u);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    EXPECT_EQ(figures[i].id, "figure-" + std::to_string(i + 1));
    for (const auto& row : figures[i].rows)
      EXPECT_EQ(row.size(), figures[i].columns.size()) << figures[i].id;
  }
}

TEST(StudyTables, OneCountsWhatTheStudyDid) {
  const auto tables = StudyTables(Small());
  const DataTable& table = Table(tables, "table-1");
  const auto* row = RowOf(table, "task", kText);
  EXPECT_THAT(List(table, row, "datasets"), ElementsAre("SST 2", "IMDB"));
  EXPECT_EQ(NumberAt(table, row, "models"), 3);
  EXPECT_EQ(NumberAt(table, row, "cells"), 4);
  EXPECT_EQ(NumberAt(table, row, "runs"), 12);
}

TEST(StudyTables, TwoIsOfTaskSpecificModelsThatTheStudyCounts) {
  const auto tables = StudyTables(Small());
  const DataTable& table = Table(tables, "table-2");
  ASSERT_EQ(table.rows.size(), 1u);  // answers have a multi-purpose model alone
  const auto* row = RowOf(table, "task", kText);
  EXPECT_DOUBLE_EQ(NumberAt(table, row, "energy_kwh.mean"), 0.009);  // 81 Wh over nine runs
  EXPECT_DOUBLE_EQ(NumberAt(table, row, "energy_kwh.median"), 0.005);
  EXPECT_DOUBLE_EQ(NumberAt(table, row, "energy_kwh.n"), 9);
  EXPECT_DOUBLE_EQ(NumberAt(table, row, "emissions_g.mean"), 0.009 * kTestGramsPerKwh);
}

TEST(StudyTables, ThreeIsOfMultiPurposeModelsOverAllTheirTasks) {
  const auto tables = StudyTables(Small());
  const DataTable& table = Table(tables, "table-3");
  ASSERT_EQ(table.rows.size(), 1u);
  const auto* row = RowOf(table, "model", kBloomz);
  EXPECT_DOUBLE_EQ(NumberAt(table, row, "energy_kwh"), 0.15);
  EXPECT_EQ(NumberAt(table, row, "n"), 6);
  EXPECT_EQ(NumberAt(table, row, "parameters"), 559e6);
  EXPECT_EQ(TextAt(table, row, "class"), "decoder");
}

TEST(StudyTables, ThreeStandsInOrderOfClassAndSize) {
  std::vector<CellResult> cells;
  const std::pair<const char*, double> models[] = {
      {"google/flan-t5-xl", 2.8e9}, {"bigscience/bloomz-3b", 3e9}, {kBloomz, 5.6e8}};
  for (const auto& [model, parameters] : models) {
    cells.push_back(MadeCell({kText, "sst2", model, "multi-purpose"}, {1, 2}));
    cells.back().parameters = parameters;
    cells.back().model_class = std::string(model).starts_with("google") ? "seq2seq" : "decoder";
  }
  const auto tables = StudyTables(MadeStudy(cells));
  std::vector<std::string> order;
  for (const auto& row : Table(tables, "table-3").rows)
    order.push_back(std::get<std::string>(row[0]));
  EXPECT_THAT(order, ElementsAre(kBloomz, "bigscience/bloomz-3b", "google/flan-t5-xl"));
}

TEST(StudyTables, FourHasAColumnAModelAndLeavesUnknownLengthsEmpty) {
  std::vector<CellResult> cells = {
      MadeCell({kText, "sst2", kBloomz, "multi-purpose"}, {1}),
      MadeCell({kText, "sst2", "google/flan-t5-xl", "multi-purpose"}, {1}),
      MadeCell({kText, "imdb", kBloomz, "multi-purpose"}, {1})};
  cells[0].words = CountSummary{19, 1.5, "whitespace"};
  cells[1].words = CountSummary{19, 2.5, "whitespace"};
  cells[2].words = CountSummary{230, 3, "whitespace"};
  const auto tables = StudyTables(MadeStudy(cells));
  const DataTable& table = Table(tables, "table-4");
  const auto* sst2 = RowOf(table, "dataset", "sst2");
  EXPECT_EQ(NumberAt(table, sst2, "input_mean"), 19);
  EXPECT_EQ(TextAt(table, sst2, "unit"), "words");
  EXPECT_EQ(NumberAt(table, sst2, std::string("output_mean.") + kBloomz), 1.5);
  EXPECT_EQ(NumberAt(table, sst2, "output_mean.google/flan-t5-xl"), 2.5);
  const DataValue unknown =
      At(table, RowOf(table, "dataset", "imdb"), "output_mean.google/flan-t5-xl");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(unknown));
}

// 11,048 kWh over 0.15 Wh: 150 Wh per 1,000 queries.
TEST(StudyTables, FiveDividesTrainingByAQuery) {
  const auto tables = StudyTables(Small());
  const DataTable& table = Table(tables, "table-5");
  ASSERT_EQ(table.rows.size(), 1u);
  const auto* row = RowOf(table, "model", kBloomz);
  EXPECT_EQ(NumberAt(table, row, "training_kwh"), 10505);
  EXPECT_EQ(NumberAt(table, row, "finetuning_kwh"), 543);
  EXPECT_DOUBLE_EQ(NumberAt(table, row, "inference_kwh"), 1.5e-4);
  EXPECT_EQ(NumberAt(table, row, "parity_queries"), std::floor(11048 / 1.5e-4));
}
TEST(StudyTables, FivePrintsAQueryAtTwoDigitsAsTheStudyDid) {
  const auto tables = StudyTables(
      MadeStudy({MadeCell({kText, "sst2", kBloomz, "multi-purpose"}, {104.256, 104.256})}));
  const DataTable& table = Table(tables, "table-5");
  const auto* row = RowOf(table, "model", kBloomz);
  EXPECT_EQ(NumberAt(table, row, "parity_queries_printed"), 110480000);
  EXPECT_EQ(NumberAt(table, row, "parity_queries"), std::floor(11048 / 1.04256e-4));
}
TEST(StudyTables, FiveOfAModelThatCostsNothingHasNoParity) {
  const auto tables =
      StudyTables(MadeStudy({MadeCell({kText, "sst2", kBloomz, "multi-purpose"}, {0, 0})}));
  const DataTable& table = Table(tables, "table-5");
  const DataValue parity = At(table, RowOf(table, "model", kBloomz), "parity_queries");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(parity));
}

TEST(StudyTables, SixNamesEveryModelOnce) {
  const auto tables = StudyTables(Small());
  const DataTable& table = Table(tables, "table-6");
  EXPECT_THAT(List(table, RowOf(table, "task", kText), "models"), ElementsAre("a", "b"));
}

TEST(StudyTables, SevenSaysWhoseQueriesWereJudged) {
  StudyInput study = Small();
  study.cells[0].scores = {{"accuracy", 0.9, Interval{0.85, 0.93}, true, "the queries measured"}};
  study.cells[3].scores = {{"accuracy", 0.95, {}, false, "performance.csv"}};
  study.cells[5].scores = {{"accuracy", 0.5, {}, true, "left out of the study"}};
  const auto tables = StudyTables(study);
  const DataTable& table = Table(tables, "table-7");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_TRUE(std::get<bool>(At(table, RowOf(table, "model", "a"), "same_queries")));
  EXPECT_FALSE(std::get<bool>(At(table, RowOf(table, "model", kBloomz), "same_queries")));
  EXPECT_EQ(NumberAt(table, RowOf(table, "model", kBloomz), "value"), 0.95);
}

TEST(StudyTables, NoCellsGiveNoRows) {
  for (const DataTable& table : StudyTables(MadeStudy({}))) EXPECT_TRUE(table.rows.empty());
  for (const DataTable& figure : StudyFigures(MadeStudy({}))) EXPECT_TRUE(figure.rows.empty());
}

TEST(AsPrinted, KeepsSignificantDigits) {
  EXPECT_DOUBLE_EQ(AsPrinted(1.04256e-4, 2), 1.0e-4);
  EXPECT_DOUBLE_EQ(AsPrinted(5.4321e-5, 2), 5.4e-5);
  EXPECT_DOUBLE_EQ(AsPrinted(0, 2), 0);
}

}  // namespace
}  // namespace permille
