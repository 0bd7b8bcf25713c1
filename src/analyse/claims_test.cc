// SPDX-License-Identifier: Apache-2.0
#include "analyse/claims.h"

#include <gmock/gmock.h>

#include <set>

#include "analyse/claim_list.h"
#include "analyse/study_cells_test.h"

namespace permille {
namespace {

constexpr const char* kText = "text-classification";
constexpr const char* kImages = "image-classification";
// "Image classification takes over 3 times the energy of text classification."
constexpr const char* kOverThree = "image-over-text-classification";

/// One cell of text and one of images, of so many Wh a repeat.
StudyInput TextAndImages(const std::vector<double>& text, const std::vector<double>& images) {
  return MadeStudy(
      {MadeCell({kText, "sst2", "a"}, text), MadeCell({kImages, "cifar10", "b"}, images)});
}

std::string Verdict(const StudyInput& study, const char* claim) {
  const DataTable table = StudyClaims(study);
  return TextAt(table, RowOf(table, "id", claim), "verdict");
}

std::optional<Interval> IntervalOf(const StudyInput& study, const char* claim) {
  const DataTable table = StudyClaims(study);
  const DataValue value = At(table, RowOf(table, "id", claim), "interval");
  const auto* interval = std::get_if<Interval>(&value);
  return interval == nullptr ? std::nullopt : std::optional<Interval>(*interval);
}

TEST(Claims, AllAreListedOnceWhateverTheStoreHolds) {
  const DataTable table = StudyClaims(MadeStudy({}));
  EXPECT_EQ(table.rows.size(), ClaimList().size());
  std::set<std::string> ids;
  for (const auto& row : table.rows) {
    ASSERT_EQ(row.size(), table.columns.size());
    ids.insert(TextAt(table, &row, "id"));
    EXPECT_EQ(TextAt(table, &row, "verdict"), "not in this store");
  }
  EXPECT_EQ(ids.size(), table.rows.size());
}

TEST(Claims, HoldWhereTheWholeIntervalDoes) {
  EXPECT_EQ(Verdict(TextAndImages({1, 1.01, 0.99}, {5, 5.01, 4.99}), kOverThree), "holds");
}
TEST(Claims, FailWhereTheWholeIntervalDoes) {
  EXPECT_EQ(Verdict(TextAndImages({1, 1.01, 0.99}, {2, 2.01, 1.99}), kOverThree), "fails");
}
TEST(Claims, AreInconclusiveWhereTheIntervalHoldsTheBound) {
  EXPECT_EQ(Verdict(TextAndImages({1, 1.5, 0.5}, {3.1, 2.9, 3.3}), kOverThree), "inconclusive");
}
TEST(Claims, WithoutRepeatsTheEstimateAloneDecides) {
  EXPECT_EQ(Verdict(TextAndImages({1}, {5}), kOverThree), "holds");
  EXPECT_FALSE(IntervalOf(TextAndImages({1, 1}, {5, 5}), kOverThree));
}
TEST(Claims, ThatLackACellAreNotInThisStore) {
  const StudyInput study = MadeStudy({MadeCell({kText, "sst2", "a"}, {1, 1.01, 0.99})});
  EXPECT_EQ(Verdict(study, kOverThree), "not in this store");
}

// Deleting one of n and averaging is Student's t for a mean: 98, 101, 103 and 99 g by t of three
// degrees, 3.182446.
TEST(Claims, TheJackknifeOfAMeanIsStudentsInterval) {
  std::vector<double> wh;
  for (const double grams : {98.0, 101.0, 103.0, 99.0})
    wh.push_back(grams / kTestGramsPerKwh * 1000);
  const StudyInput study =
      MadeStudy({MadeCell({"text-to-image", "imagereward", "segmind/tiny-sd"}, wh)});
  const auto interval = IntervalOf(study, "tiny-sd");
  ASSERT_TRUE(interval);
  const double half =
      3.182446305284263 * std::sqrt((2.25 * 2.25 + .75 * .75 + 2.75 * 2.75 + 1.25 * 1.25) / 3) / 2;
  EXPECT_NEAR(interval->low, 100.25 - half, 1e-9);
  EXPECT_NEAR(interval->high, 100.25 + half, 1e-9);
}

// "A small image generation model emits 100 g": printed without decimals.
TEST(Claims, APrintedNumberHoldsAsPrintedOrInsideTheInterval) {
  const auto tiny = [](const std::vector<double>& grams) {
    std::vector<double> wh;
    for (const double g : grams) wh.push_back(g / kTestGramsPerKwh * 1000);
    return MadeStudy({MadeCell({"text-to-image", "imagereward", "segmind/tiny-sd"}, wh)});
  };
  EXPECT_EQ(Verdict(tiny({100.4}), "tiny-sd"), "holds");
  EXPECT_EQ(Verdict(tiny({102}), "tiny-sd"), "fails");
  EXPECT_EQ(Verdict(tiny({96, 102, 108}), "tiny-sd"), "holds");
  EXPECT_EQ(Verdict(tiny({111.9, 112, 112.1}), "tiny-sd"), "fails");
  const DataTable table = StudyClaims(tiny({100.9}));
  EXPECT_EQ(TextAt(table, RowOf(table, "id", "tiny-sd"), "match"), "truncated");
}

TEST(Claims, FiguresOfOtherHardwareAreNotComparedAndRatiosAre) {
  StudyInput study = TextAndImages({1, 1.01, 0.99}, {5, 5.01, 4.99});
  EXPECT_EQ(Verdict(study, "median-text-classification"), "fails");  // 1 Wh, not 2.3
  for (CellResult& cell : study.cells) cell.cell.engine = "onnx";
  EXPECT_EQ(Verdict(study, "median-text-classification"), "other hardware");
  EXPECT_EQ(Verdict(study, "median-text-generation"), "not in this store");
  EXPECT_EQ(Verdict(study, kOverThree), "holds");
}

TEST(Claims, EachAttributionHasItsOwnVerdict) {
  StudyInput study = TextAndImages({1, 1.01, 0.99}, {5, 5.01, 4.99});
  for (RunCost& run : study.cells[1].runs) {
    run.device_wh = 2.0;
    run.marginal_wh.reset();
  }
  for (CellResult& cell : study.cells) cell.rules.attribution = Attribution::kMachine;
  const DataTable table = StudyClaims(study);
  const auto* row = RowOf(table, "id", kOverThree);
  EXPECT_EQ(TextAt(table, row, "by_attribution.machine.verdict"), "holds");
  EXPECT_EQ(TextAt(table, row, "by_attribution.device.verdict"), "fails");
  EXPECT_EQ(TextAt(table, row, "by_attribution.marginal.verdict"), "not in this store");
  EXPECT_EQ(TextAt(table, row, "verdict"), "holds");  // the rules of the report: machine
  EXPECT_NEAR(NumberAt(table, row, "by_attribution.device.estimate"), 2, 1e-9);
}

TEST(Claims, CellsOutsideTheStudyDoNotCount) {
  StudyInput study = TextAndImages({1, 1.01, 0.99}, {5, 5.01, 4.99});
  study.cells.push_back(MadeCell({kText, "imdb", "c"}, {500}));
  study.cells.back().in_study = false;
  EXPECT_EQ(Verdict(study, kOverThree), "holds");
}

// Six models of two tasks: sizes alike in both, energies a hundred times apart.
TEST(Claims, TheTaskExplainsMoreThanSizeWhereItDoes) {
  std::vector<CellResult> cells;
  for (int i = 0; i < 6; ++i) {
    cells.push_back(MadeCell({i < 3 ? kText : kImages, "d", "m" + std::to_string(i)},
                             {i < 3 ? 1.0 + i % 3 * 0.1 : 100.0 + i % 3 * 10}));
    cells.back().parameters = 1e8 * (1 + i % 3);
  }
  EXPECT_EQ(Verdict(MadeStudy(cells), "structure-over-size"), "holds");
  // The other way round: energy goes with size, whatever the task.
  for (int i = 0; i < 6; ++i)
    cells[static_cast<std::size_t>(i)] =
        MadeCell({i < 3 ? kText : kImages, "d", "m" + std::to_string(i)}, {1.0 + i % 3});
  for (int i = 0; i < 6; ++i) cells[static_cast<std::size_t>(i)].parameters = 1e8 * (1 + i % 3);
  EXPECT_EQ(Verdict(MadeStudy(cells), "structure-over-size"), "fails");
}

// Grams and words within models: 0.5 g a word in one decoder, 1.5 in another, whatever their level.
TEST(Claims, FigureSixsSlopeIsWithinModels) {
  std::vector<CellResult> cells;
  for (const double words : {10.0, 20.0, 30.0}) {
    for (const double slope : {0.5, 1.5}) {
      const double grams = slope * words + (slope > 1 ? 500 : 5);
      const std::string model = slope > 1 ? "bigscience/bloomz-7b1" : "bigscience/bloomz-560m";
      cells.push_back(MadeCell({"summarization", std::to_string(words), model, "multi-purpose"},
                               {grams / kTestGramsPerKwh * 1000}));
      cells.back().model_class = "decoder";
      cells.back().words = CountSummary{100, words, "whitespace"};
    }
  }
  const DataTable table = StudyClaims(MadeStudy(cells));
  EXPECT_NEAR(NumberAt(table, RowOf(table, "id", "figure-6-decoder"), "estimate"), 1, 1e-9);
  EXPECT_EQ(TextAt(table, RowOf(table, "id", "figure-6-decoder"), "verdict"), "holds");
  EXPECT_EQ(TextAt(table, RowOf(table, "id", "figure-6-seq2seq"), "verdict"), "not in this store");
}

}  // namespace
}  // namespace permille
