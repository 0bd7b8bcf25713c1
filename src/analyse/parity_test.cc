// SPDX-License-Identifier: Apache-2.0
#include "analyse/parity.h"

#include <gmock/gmock.h>

#include "analyse/study_cells_test.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kBloomz = "bigscience/bloomz-560m";  // 10,505 + 543 kWh: study.yaml, Table 5

InferenceCost Query(double kwh) {
  InferenceCost cost;
  cost.kwh = kwh;
  return cost;
}
std::vector<ParityTerm> Training(double kwh) {
  return {{"training", kwh, Provenance::kMeasured, "given"}};
}

TEST(Parity, GpuHoursTimesTdpAreModelledKilowattHours) {
  const auto term = GpuHours("training", 1000, Watts(400));
  ASSERT_TRUE(term);
  EXPECT_DOUBLE_EQ(term->kwh, 400);
  EXPECT_EQ(term->provenance, Provenance::kModelled);
  EXPECT_EQ(term->source, "1000 GPU h x 400 W");
}
TEST(Parity, HoursOrWattsThatAreNoneAreRefused) {
  EXPECT_FALSE(GpuHours("training", 0, Watts(400)));
  EXPECT_FALSE(GpuHours("training", -1, Watts(400)));
  EXPECT_FALSE(GpuHours("training", 10, Watts(0)));
  const auto odd = GpuHours("training", std::nan(""), Watts(400));
  ASSERT_FALSE(odd);
  EXPECT_THAT(odd.error().message, HasSubstr("training"));
}

TEST(Parity, IsWhatWasSpentOverWhatAQueryCosts) {
  const auto parity = ComputeParity(
      {{"training", 300, Provenance::kMeasured, ""}, {"finetuning", 12, Provenance::kMeasured, ""}},
      Query(1.04256e-4));
  ASSERT_TRUE(parity);
  EXPECT_DOUBLE_EQ(parity->spent_kwh, 312);
  EXPECT_DOUBLE_EQ(parity->queries, 312 / 1.04256e-4);
  EXPECT_EQ(parity->queries_printed, 3120000);  // by 1.0e-4, as the study printed it
  EXPECT_FALSE(parity->queries_interval);
}

TEST(Parity, ADearQueryMeansFewQueries) {
  InferenceCost cost = Query(2e-4);
  cost.interval = Interval{1e-4, 4e-4};
  const auto parity = ComputeParity(Training(100), cost);
  ASSERT_TRUE(parity && parity->queries_interval);
  EXPECT_DOUBLE_EQ(parity->queries_interval->low, 100 / 4e-4);
  EXPECT_DOUBLE_EQ(parity->queries_interval->high, 100 / 1e-4);
}

TEST(Parity, NothingSpentAndNothingToDivideByAreRefused) {
  EXPECT_THAT(ComputeParity({}, Query(1)).error().message, HasSubstr("nothing"));
  EXPECT_THAT(ComputeParity(Training(0), Query(1)).error().message, HasSubstr("nothing"));
  EXPECT_THAT(ComputeParity(Training(5), Query(0)).error().message, HasSubstr("0 kWh"));
  EXPECT_FALSE(ComputeParity(Training(5), Query(-1e-6)));
  EXPECT_FALSE(ComputeParity(Training(std::nan("")), Query(1)));
  EXPECT_FALSE(ComputeParity(Training(5), Query(std::nan(""))));
}

TEST(Parity, BoundariesThatDifferAreWarnedOf) {
  InferenceCost whole = Query(1e-4);
  whole.attribution = Attribution::kMachine;
  whole.has_ram = whole.has_cpu = true;
  const auto hours = GpuHours("training", 1000, Watts(400));
  EXPECT_THAT(ComputeParity({*hours}, whole)->warnings,
              ElementsAre(HasSubstr("counts CPU and RAM too"), HasSubstr("idle GPUs included")));
  // Metered training has no such boundary; a device's joules no idle GPUs.
  EXPECT_THAT(ComputeParity(Training(100), Query(1e-4))->warnings, IsEmpty());
  InferenceCost above = Query(1e-4);
  above.attribution = Attribution::kMarginal;
  EXPECT_THAT(ComputeParity(Training(100), above)->warnings,
              ElementsAre(HasSubstr("leaves out what the idle machine draws")));
  InferenceCost with_ram = Query(1e-4);
  with_ram.has_ram = true;
  EXPECT_THAT(ComputeParity({*hours}, with_ram)->warnings,
              ElementsAre(HasSubstr("counts RAM too")));
}

CellResult Bloomz(const std::string& dataset, double wh, std::optional<double> words = {}) {
  CellResult cell =
      MadeCell({"question-answering", dataset, kBloomz, "multi-purpose"}, {wh, wh * 1.01});
  if (words) cell.words = CountSummary{100, *words, "whitespace"};
  return cell;
}

TEST(Parity, InferenceIsTheMeanOverTheModelsCells) {
  const StudyInput study = MadeStudy({Bloomz("sciq", 100), Bloomz("squad", 300)});
  const auto cost = InferenceOf(study, kBloomz);
  ASSERT_TRUE(cost);
  EXPECT_NEAR(cost->kwh, 201e-6, 1e-12);  // of one query: (100 + 101 + 300 + 303) / 4 Wh per 1,000
  EXPECT_FALSE(InferenceOf(study, "bigscience/bloomz-560"));
}

TEST(Parity, CellsOutsideTheTablesAreNotCounted) {
  StudyInput study = MadeStudy({Bloomz("sciq", 100), Bloomz("squad", 300)});
  study.cells[1].in_study = false;
  EXPECT_NEAR(InferenceOf(study, kBloomz)->kwh, 100.5e-6, 1e-12);
  study.cells[0].in_study = false;
  EXPECT_FALSE(InferenceOf(study, kBloomz));
}

TEST(Parity, TheTableHasAModelOfKnownTrainingAndCellsAlone) {
  const StudyInput study = MadeStudy(
      {Bloomz("sciq", 100),
       MadeCell({"question-answering", "sciq", "google/flan-t5-xl", "multi-purpose"}, {1})});
  const DataTable table = ParityTable(study);
  ASSERT_EQ(table.rows.size(), 1u);
  const auto* row = RowOf(table, "model", kBloomz);
  EXPECT_EQ(NumberAt(table, row, "terms.training_kwh"), 10505);
  EXPECT_EQ(NumberAt(table, row, "terms.finetuning_kwh"), 543);
  EXPECT_EQ(NumberAt(table, row, "queries.full"), std::floor(11048 / 100.5e-6));
  EXPECT_EQ(NumberAt(table, row, "queries.printed"), std::floor(11048 / 1.0e-4));
  EXPECT_THAT(TextAt(table, row, "terms.training_provenance"), HasSubstr("measured"));
  EXPECT_THAT(TextAt(table, row, "terms.finetuning_provenance"), HasSubstr("modelled"));
}

// 10 Wh per 1,000 and 2 Wh more for each output word, in a query of which 1e-5 and 2e-6 kWh.
TEST(Parity, EnergyByOutputLengthIsAStraightLine) {
  std::vector<CellResult> cells;
  for (const double words : {5.0, 10.0, 40.0}) {
    CellResult cell = Bloomz("d" + std::to_string(static_cast<int>(words)), 1, words);
    cell.energy_wh.mean = 10 + 2 * words;
    cells.push_back(cell);
  }
  const auto fit = FitLength(MadeStudy(cells), kBloomz);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->intercept_kwh, 1e-5, 1e-15);
  EXPECT_NEAR(fit->per_unit_kwh, 2e-6, 1e-15);
  EXPECT_EQ(fit->unit, "words");
  EXPECT_EQ(fit->cells, 3u);
}
TEST(Parity, TwoLengthsOrEqualOnesGiveNoLine) {
  EXPECT_FALSE(FitLength(MadeStudy({Bloomz("a", 1, 5), Bloomz("b", 2, 9)}), kBloomz));
  EXPECT_FALSE(
      FitLength(MadeStudy({Bloomz("a", 1, 5), Bloomz("b", 2, 5), Bloomz("c", 3, 5)}), kBloomz));
  EXPECT_FALSE(FitLength(MadeStudy({Bloomz("a", 1), Bloomz("b", 2), Bloomz("c", 3)}), kBloomz));
}

TEST(Parity, PublishedTermsSayWhoPublishedThem) {
  const auto terms = PublishedTerms({"m", "decoder", 100, 10});
  ASSERT_EQ(terms.size(), 2u);
  EXPECT_EQ(terms[0].provenance, Provenance::kMeasured);
  EXPECT_EQ(terms[1].provenance, Provenance::kModelled);
  for (const ParityTerm& term : terms) EXPECT_THAT(term.source, HasSubstr("et al."));
  EXPECT_THAT(PublishedTerms({"m", "decoder", {}, {}}), IsEmpty());
}

}  // namespace
}  // namespace permille
