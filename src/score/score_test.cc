// SPDX-License-Identifier: Apache-2.0
#include "score/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "base/csv.h"

namespace permille {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Predictions and references kept alive beside the pairs that point to them.
class Pairs {
 public:
  Pairs& Add(std::vector<std::string> labels, std::optional<std::string> reference) {
    Prediction& prediction = predictions_.emplace_back();
    for (auto& label : labels) prediction.labels.push_back({std::move(label), 0.5});
    Judged judged;
    judged.prediction = &prediction;
    if (reference) judged.reference = &references_.emplace_back(Reference{{*reference}});
    judged_.push_back(judged);
    return *this;
  }
  Prediction& last() { return predictions_.back(); }
  Result<Quality> Accuracy(const std::map<std::string, std::string>& map = {}) const {
    return Score("accuracy", judged_, map);
  }
  double Value(const std::map<std::string, std::string>& map = {}) const {
    const auto quality = Accuracy(map);
    EXPECT_TRUE(quality) << quality.error().message;
    return quality ? quality->value : -1;
  }
  std::string Error(const std::map<std::string, std::string>& map = {}) const {
    const auto quality = Accuracy(map);
    return quality ? "no error" : quality.error().message;
  }
  std::string ErrorOfMetric(std::string_view metric) const {
    const auto quality = Score(metric, judged_);
    return quality ? "no error" : quality.error().message;
  }

 private:
  std::deque<Prediction> predictions_;
  std::deque<Reference> references_;
  std::vector<Judged> judged_;
};

TEST(Accuracy, CountsBestLabels) {
  Pairs pairs;
  pairs.Add({"a", "b"}, "a").Add({"b", "a"}, "a").Add({"b", "a"}, "b").Add({"a", "b"}, "a");
  EXPECT_DOUBLE_EQ(pairs.Value(), 0.75);
  EXPECT_EQ(pairs.Accuracy()->samples, 4u);
}

TEST(Accuracy, CaseDoesNotMatter) {
  Pairs pairs;
  pairs.Add({"POSITIVE", "NEGATIVE"}, "positive").Add({"POSITIVE", "NEGATIVE"}, "Negative");
  EXPECT_DOUBLE_EQ(pairs.Value(), 0.5);
}

TEST(Accuracy, LabelMapTranslatesTheModelsLabels) {
  Pairs pairs;
  pairs.Add({"5 stars", "1 star"}, "positive")
      .Add({"1 star", "5 stars"}, "negative")
      .Add({"1 star"}, "positive");
  EXPECT_NEAR(pairs.Value({{"5 Stars", "Positive"}, {"1 star", "negative"}}), 2.0 / 3, 1e-15);
}

TEST(Accuracy, DisjointLabelsAreAnErrorThatNamesBoth) {
  Pairs pairs;
  pairs.Add({"LABEL_1", "LABEL_0"}, "positive").Add({"LABEL_0", "LABEL_1"}, "negative");
  EXPECT_THAT(pairs.Error(), AllOf(HasSubstr("LABEL_0, LABEL_1"), HasSubstr("negative, positive"),
                                   HasSubstr("--label-map")));
  EXPECT_DOUBLE_EQ(pairs.Value({{"LABEL_1", "positive"}, {"LABEL_0", "negative"}}), 1);
}

TEST(Accuracy, ALabelNeverChosenStillCountsAsKnown) {
  Pairs pairs;
  pairs.Add({"negative", "positive"}, "positive");
  EXPECT_DOUBLE_EQ(pairs.Value(), 0);
}

TEST(Accuracy, LongLabelListsAreCut) {
  Pairs pairs;
  std::vector<std::string> labels;
  for (int i = 100; i < 250; ++i) labels.push_back(fmt::format("L{}", i));
  pairs.Add(labels, "cat");
  EXPECT_THAT(pairs.Error(), HasSubstr("L109 and 140 more"));
}

TEST(Accuracy, NotFiniteIsWrong) {
  Pairs pairs;
  pairs.Add({"a", "b"}, "a").Add({"a", "b"}, "a");
  pairs.last().finite = false;
  EXPECT_DOUBLE_EQ(pairs.Value(), 0.5);
}

TEST(Accuracy, SamplesWithoutReferenceAreLeftOut) {
  Pairs pairs;
  pairs.Add({"a"}, "a").Add({"a"}, std::nullopt);
  EXPECT_EQ(pairs.Accuracy()->samples, 1u);
  Pairs none;
  none.Add({"a"}, std::nullopt);
  EXPECT_THAT(none.Error(), HasSubstr("no sample has a reference"));
  EXPECT_THAT(Pairs().Error(), HasSubstr("no sample has a reference"));
}

TEST(Accuracy, AModelWithoutLabelsSaysSo) {
  Pairs pairs;
  pairs.Add({}, "a");
  EXPECT_THAT(pairs.Error(), HasSubstr("the model gives no labels"));
}

// test/data/golden/wilson.csv is made by tools/golden/make_wilson.py (statsmodels).
TEST(Accuracy, IntervalIsWilsons) {
  const auto table = CsvTable::Read(PERMILLE_SOURCE_DIR "/test/data/golden/wilson.csv");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_GE(table->rows(), 10u);
  for (std::size_t row = 0; row < table->rows(); ++row) {
    const auto right = static_cast<std::size_t>(**table->Number(row, 0));
    const auto total = static_cast<std::size_t>(**table->Number(row, 1));
    std::deque<Prediction> predictions;
    const Reference reference{{"yes"}};
    std::vector<Judged> judged;
    for (std::size_t i = 0; i < total; ++i) {
      predictions.emplace_back().labels = {{i < right ? "yes" : "no", 1},
                                           {i < right ? "no" : "yes", 0}};
      judged.push_back({&predictions.back(), &reference});
    }
    const auto quality = Score("accuracy", judged);
    ASSERT_TRUE(quality) << quality.error().message;
    EXPECT_NEAR(quality->ci95.low, **table->Number(row, 2), 1e-9) << right << "/" << total;
    EXPECT_NEAR(quality->ci95.high, **table->Number(row, 3), 1e-9) << right << "/" << total;
  }
}

TEST(Score, UnknownMetricListsThoseThereAre) {
  Pairs pairs;
  pairs.Add({"a"}, "a");
  EXPECT_THAT(pairs.ErrorOfMetric("acuracy"), HasSubstr("there are: accuracy"));
}

}  // namespace
}  // namespace permille
