// SPDX-License-Identifier: Apache-2.0
#include "analyse/derived.h"

#include <gmock/gmock.h>

#include "analyse/beside_study.h"
#include "analyse/study_cells_test.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr const char* kText = "text-classification";

/// A cell of so many Wh per 1,000 queries.
CellResult Costing(const std::string& model, double wh) {
  return MadeCell({kText, "sst2", model}, {wh, wh});
}
CellResult Scoring(const std::string& model, double wh, double accuracy,
                   const std::string& metric = "accuracy") {
  CellResult cell = Costing(model, wh);
  cell.scores = {{metric, accuracy, {}, true, "the queries measured"}};
  return cell;
}

std::vector<std::string> ModelsIn(const DataTable& table) {
  std::vector<std::string> models;
  for (const auto& row : table.rows) models.push_back(TextAt(table, &row, "model"));
  return models;
}

bool Unknown(const DataTable& table, std::string_view column) {
  return std::holds_alternative<std::monostate>(At(table, &table.rows.at(0), column));
}

TEST(Derived, EveryRowIsAsLongAsItsColumns) {
  for (const DataTable& table : DerivedTables({Scoring("a", 1, 0.9), Costing("b", 2)}, {})) {
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size()) << table.id;
  }
  for (const DataTable& table : DerivedTables({}, {})) EXPECT_TRUE(table.rows.empty()) << table.id;
}

// 7.2 Wh per 1,000: 25.92 J a query.
TEST(Normalised, DividesByWhatLengthsAreCountedIn) {
  CellResult cell = Costing("a", 7.2);
  cell.words = CountSummary{20, 4.0, "whitespace"};
  const DataTable table = NormalisedTable({cell});
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "joules_per_query"), 25.92, 1e-12);
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "joules_per_input_unit"), 25.92 / 20, 1e-12);
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "joules_per_output_unit"), 25.92 / 4, 1e-12);
  EXPECT_EQ(TextAt(table, &table.rows[0], "unit"), "words");
  EXPECT_TRUE(Unknown(table, "joules_per_image"));
}
TEST(Normalised, LengthsThatAreUnknownOrNothingAreNotDividedBy) {
  CellResult cell = Costing("a", 7.2);
  EXPECT_TRUE(Unknown(NormalisedTable({cell}), "joules_per_input_unit"));
  cell.words = CountSummary{0, 0.0, "whitespace"};
  EXPECT_TRUE(Unknown(NormalisedTable({cell}), "joules_per_input_unit"));
  EXPECT_TRUE(Unknown(NormalisedTable({cell}), "joules_per_output_unit"));
}
TEST(Normalised, AQueryWithAnImageIsOneImage) {
  CellResult cell = Costing("a", 7.2);
  cell.modality = "image-to-category";
  const DataTable table = NormalisedTable({cell});
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "joules_per_image"), 25.92, 1e-12);
}

// 100 kg over four years at half use: 100 s are 100,000 g x 100 s / (4 years x 0.5).
TEST(Footprint, AddsTheMakingOfTheHardware) {
  CellResult cell = Costing("a", 1000);  // 1 kWh
  cell.seconds_per_1000 = 100;
  cell.rules.grid.intensity = GramsPerKwh(kTestGramsPerKwh);
  cell.rules.pue = 1.5;
  DerivedOptions options;
  options.hardware = EmbodiedHardware{GramsCo2e(100'000), kYear * 4.0, 0.5};
  options.wue = LitresPerKwh(1.8);
  const DataTable table = FootprintTable({cell}, options);
  const double embodied = 100'000 * 100 / (4 * kYear.value() * 0.5);
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "embodied_g"), embodied, 1e-9);
  // SCI: ((E x I) + M) / R with the building's share in E; for 1,000 queries.
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "sci_g"), 1.5 * kTestGramsPerKwh + embodied, 1e-9);
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "litres"), 1.8, 1e-12);  // of IT energy
}
TEST(Footprint, IsUnknownWhereNobodySaid) {
  const DataTable table = FootprintTable({Costing("a", 1000)}, {});
  for (const char* column : {"embodied_g", "sci_g", "litres"}) EXPECT_TRUE(Unknown(table, column));
  EXPECT_EQ(NumberAt(table, &table.rows[0], "kwh"), 1);
  EXPECT_THAT(table.caption, HasSubstr("unknown without --embodied"));
}

// EPA: 0.012 and 0.022 kWh a charge.
TEST(EquivalentsTable, CountsPhoneCharges) {
  const DataTable table = EquivalentsTable({Costing("a", 12)});
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "phone charges at 0.012 kWh"), 1, 1e-12);
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "phone charges at 0.022 kWh"), 12.0 / 22, 1e-12);
}

// 5 J of work a query, 20 W of residency, 100 ms a query.
CellResult Resident() {
  CellResult cell = Costing("a", 10);
  cell.marginal_wh = 5000 / 3600.0;
  cell.residency = Watts(20);
  cell.seconds_per_1000 = 100;
  return cell;
}
TEST(Rate, AQuietMachineMakesAQueryDear) {
  const DataTable table = RateTable({Resident()});
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "joules_at.0.1"), 5 + 20 / 0.1, 1e-9);
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "joules_at.1"), 25, 1e-9);
  EXPECT_NEAR(NumberAt(table, &table.rows[0], "joules_at.10"), 7, 1e-9);
  EXPECT_TRUE(Unknown(table, "joules_at.100"));  // one machine serves ten a second
}
TEST(Rate, NeedsTheResidencyAndTheMarginalFigure) {
  CellResult bare = Resident();
  bare.residency.reset();
  CellResult disturbed = Resident();
  disturbed.marginal_wh.reset();
  EXPECT_TRUE(RateTable({bare, disturbed}).rows.empty());
}

TEST(Pareto, KeepsWhatNoneBeatsInBoth) {
  const DataTable table = ParetoTable({Scoring("cheap", 1, 0.80), Scoring("beaten", 2, 0.79),
                                       Scoring("good", 3, 0.90), Scoring("also beaten", 4, 0.90)});
  EXPECT_THAT(ModelsIn(table), ElementsAre("cheap", "good"));
}
TEST(Pareto, EqualsBothStay) {
  EXPECT_THAT(ModelsIn(ParetoTable({Scoring("one", 1, 0.8), Scoring("other", 1, 0.8)})),
              ElementsAre("one", "other"));
}
TEST(Pareto, OtherMetricsAndDatasetsAreNoRivals) {
  CellResult elsewhere = Scoring("elsewhere", 9, 0.1);
  elsewhere.cell.dataset = "imdb";
  EXPECT_THAT(ModelsIn(ParetoTable({Scoring("a", 1, 0.8), Scoring("b", 9, 0.1, "f1"), elsewhere,
                                    Costing("unscored", 0.1)})),
              UnorderedElementsAre("a", "b", "elsewhere"));
}

TEST(LoadTable, IsInKilowattHours) {
  CellResult cell = Costing("a", 10);
  cell.load = LoadCost{5, 30, 500};
  const DataTable table = LoadTable({cell, Costing("warm", 1)});
  EXPECT_THAT(ModelsIn(table), ElementsAre("a"));
  EXPECT_DOUBLE_EQ(NumberAt(table, &table.rows[0], "load_kwh"), 0.005);
  EXPECT_DOUBLE_EQ(NumberAt(table, &table.rows[0], "kwh_per_1000"), 0.01);
  EXPECT_DOUBLE_EQ(NumberAt(table, &table.rows[0], "breakeven_queries"), 500);
}

TEST(AttributionTable, ShowsTheIdleGpusAndWhyThereIsNoMarginal) {
  CellResult cell = Costing("a", 10);
  cell.machine_wh = 10;
  cell.device_wh = 6;
  cell.gpus = GpuShare{8, 1, 4.0};
  cell.marginal_refused = "the log holds no load phase";
  const DataTable table = AttributionTable({cell});
  EXPECT_DOUBLE_EQ(NumberAt(table, &table.rows[0], "machine"), 0.01);
  EXPECT_DOUBLE_EQ(NumberAt(table, &table.rows[0], "device"), 0.006);
  EXPECT_DOUBLE_EQ(NumberAt(table, &table.rows[0], "idle_gpus"), 0.004);
  EXPECT_TRUE(Unknown(table, "marginal"));
  EXPECT_THAT(TextAt(table, &table.rows[0], "note"), HasSubstr("no load phase"));
}

// The study's Table 2 prints 0.002 kWh for text classification and 0.047 for text generation.
TEST(BesideStudy, SetsMultiplesAndRanksBesideTheStudys) {
  const DataTable table = BesideStudy(
      MadeStudy({MadeCell({kText, "d", "a"}, {2}), MadeCell({"text-generation", "d", "b"}, {1}),
                 MadeCell({"summarization", "d", "c"}, {8})}));
  ASSERT_EQ(table.rows.size(), 3u);
  const auto* text = RowOf(table, "task", kText);
  const auto* generation = RowOf(table, "task", "text-generation");
  EXPECT_EQ(NumberAt(table, text, "times"), 1);
  EXPECT_EQ(NumberAt(table, text, "study_times"), 1);
  EXPECT_EQ(NumberAt(table, generation, "times"), 0.5);
  EXPECT_GT(NumberAt(table, generation, "study_times"), 15);
  EXPECT_EQ(NumberAt(table, generation, "rank"), 1);
  EXPECT_EQ(NumberAt(table, generation, "study_rank"), 2);  // among the tasks that both have
  EXPECT_EQ(NumberAt(table, RowOf(table, "task", "summarization"), "rank"), 3);
}
TEST(BesideStudy, WithoutTheUnitThereIsNothingToCompareIn) {
  EXPECT_TRUE(BesideStudy(MadeStudy({MadeCell({"summarization", "d", "c"}, {8})})).rows.empty());
  EXPECT_TRUE(BesideStudy(MadeStudy({MadeCell({kText, "d", "a"}, {0})})).rows.empty());
}

}  // namespace
}  // namespace permille
