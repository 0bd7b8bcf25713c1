// SPDX-License-Identifier: Apache-2.0
#include "analyse/cell_quality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "catalog/catalog.h"
#include "score/metric.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RunRecord RunOf(const std::string& task) {
  RunRecord run;
  run.cell.task = task;
  run.cell.engine = "onnx";
  run.cell.weights = "trained";
  return run;
}

void Add(RunRecord& run, Prediction prediction, std::optional<Reference> reference) {
  run.predictions.push_back({run.samples.size(), std::move(prediction)});
  run.samples.emplace_back().reference = std::move(reference);
}

CellResult Judged(const RunRecord& run, const std::string& label_map = "") {
  CellResult cell;
  FillQuality(cell, run, label_map);
  return cell;
}

std::vector<std::string> Metrics(const CellResult& cell) {
  std::vector<std::string> names;
  if (cell.quality) names.push_back(cell.quality->metric);
  for (const Quality& also : cell.also_quality) names.push_back(also.metric);
  return names;
}

TEST(CellQuality, EveryMetricOfATaskExistsOrSaysWhyNot) {
  const auto tasks = LoadTasks();
  ASSERT_TRUE(tasks) << tasks.error().message;
  for (const TaskEntry& task : *tasks) {
    std::vector<std::string> metrics = task.also_metrics;
    metrics.push_back(task.metric);
    for (const std::string& metric : metrics) {
      const bool exists = std::ranges::find(permille::Metrics(), metric, &MetricEntry::name) !=
                          permille::Metrics().end();
      EXPECT_NE(exists, !task.not_computed.empty()) << task.name << " " << metric;
    }
  }
}

TEST(CellQuality, AnswersHaveF1AndExactMatch) {
  RunRecord run = RunOf("question-answering");
  Prediction prediction;
  prediction.text = "the Ada";
  Add(run, prediction, Reference{{"Ada"}});
  Add(run, prediction, Reference{{"Ada Lovelace"}});
  const CellResult cell = Judged(run);
  EXPECT_THAT(Metrics(cell), ElementsAre("f1", "exact_match"));
  EXPECT_NEAR(cell.quality->value, (1 + 2.0 / 3) / 2, 1e-12);
  EXPECT_DOUBLE_EQ(cell.also_quality.at(0).value, 0.5);
  EXPECT_THAT(cell.quality_note, IsEmpty());
}

TEST(CellQuality, AMetricBesideThatDoesNotFitIsLeftOut) {
  RunRecord run = RunOf("image-classification");
  Prediction prediction;
  prediction.labels = {{"cat", 0.9}, {"dog", 0.1}};
  Add(run, prediction, Reference{{"cat"}});
  EXPECT_THAT(Metrics(Judged(run)), ElementsAre("accuracy"));
}

TEST(CellQuality, ALabelMapServesEveryMetric) {
  RunRecord run = RunOf("text-classification");
  Prediction prediction;
  prediction.labels = {{"5 stars", 0.9}};
  Add(run, prediction, Reference{{"positive"}});
  const CellResult cell = Judged(run);
  EXPECT_EQ(cell.quality_label_map, "stars-to-binary");
  EXPECT_DOUBLE_EQ(cell.quality->value, 1);
  EXPECT_THAT(Judged(run, "sst2").quality_note, HasSubstr("labels do not match"));
}

TEST(CellQuality, WhatIsNotComputedSaysWhy) {
  RunRecord run = RunOf("text-generation");
  Add(run, {}, Reference{{"x"}});
  EXPECT_THAT(Judged(run).quality_note, HasSubstr("perplexity is not computed: "));
  run = RunOf("text-to-image");
  Add(run, {}, std::nullopt);
  EXPECT_THAT(Judged(run).quality_note, HasSubstr("clip-score is not computed: "));
}

TEST(CellQuality, RandomWeightsAndMissingReferencesHaveNone) {
  RunRecord run = RunOf("summarization");
  Add(run, {}, std::nullopt);
  EXPECT_EQ(Judged(run).quality_note, "the dataset has no references");
  run.cell.weights = "random";
  EXPECT_EQ(Judged(run).quality_note, "random weights have no accuracy");
}

}  // namespace
}  // namespace permille
