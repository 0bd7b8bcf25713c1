// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "base/file.h"
#include "base/json.h"
#include "score/porter_stemmer.h"
#include "score/rouge.h"
#include "score/score.h"

// test/data/golden/score is made by tools/golden/make_metrics.py, with rouge_score, seqeval,
// pycocotools, sacreBLEU, scikit-learn and transformers' SQuAD metrics: a case a line, each with
// the figures that the reference implementation states.

namespace permille {
namespace {

constexpr double kNear = 1e-6;

std::vector<Json> Cases(const std::string& name) {
  const auto text =
      ReadFile(fmt::format("{}/test/data/golden/score/{}.jsonl", PERMILLE_SOURCE_DIR, name));
  EXPECT_TRUE(text) << text.error().message;
  std::vector<Json> cases;
  if (!text) return cases;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    cases.push_back(*ParseJson(std::string_view(*text).substr(at, end - at), name));
    at = end + 1;
  }
  EXPECT_GE(cases.size(), 100u);
  return cases;
}

/// Predictions and references kept alive beside the pairs that point to them.
struct Corpus {
  std::deque<Prediction> predictions;
  std::deque<Reference> references;
  std::vector<Judged> judged;

  std::pair<Prediction&, Reference&> Add() {
    Prediction& prediction = predictions.emplace_back();
    Reference& reference = references.emplace_back();
    judged.push_back({&prediction, &reference});
    return {prediction, reference};
  }
  /// The figure, checked to lie in its interval and the interval in 0 to 1.
  double Value(std::string_view metric) const {
    const auto quality = Score(metric, judged);
    EXPECT_TRUE(quality) << quality.error().message;
    if (!quality) return -1;
    EXPECT_EQ(quality->samples, judged.size());
    EXPECT_GE(quality->ci95.low, -1e-12);
    EXPECT_LE(quality->ci95.high, 1 + 1e-12);
    EXPECT_LE(quality->ci95.low, quality->value + 1e-12);
    EXPECT_GE(quality->ci95.high, quality->value - 1e-12);
    return quality->value;
  }
};

Corpus Texts(const Json& samples) {
  Corpus corpus;
  for (const Json& sample : samples) {
    auto [prediction, reference] = corpus.Add();
    prediction.text = sample["text"].get<std::string>();
    reference.values = sample["references"].get<std::vector<std::string>>();
  }
  return corpus;
}

TEST(GoldenScore, AnswersAreThoseOfSquad) {
  for (const Json& one : Cases("answers")) {
    const Corpus corpus = Texts(one["samples"]);
    EXPECT_NEAR(corpus.Value("exact_match"), one["exact_match"].get<double>(), kNear) << one;
    EXPECT_NEAR(corpus.Value("answer_f1"), one["answer_f1"].get<double>(), kNear) << one;
  }
}

TEST(GoldenScore, RougeIsThatOfRougeScore) {
  for (const Json& one : Cases("rouge")) {
    const Corpus corpus = Texts(one["samples"]);
    for (const char* name : {"rouge1", "rouge2", "rougeL", "rougeLsum"})
      EXPECT_NEAR(corpus.Value(name), one[name].get<double>(), kNear) << name << " " << one;
  }
}

TEST(GoldenScore, StemmedRougeIsThatOfRougeScore) {
  const std::pair<const char*, RougeKind> kinds[] = {{"rouge1_stem", RougeKind::kOne},
                                                     {"rouge2_stem", RougeKind::kTwo},
                                                     {"rougeL_stem", RougeKind::kL},
                                                     {"rougeLsum_stem", RougeKind::kLsum}};
  for (const Json& one : Cases("rouge")) {
    const Corpus corpus = Texts(one["samples"]);
    for (const auto& [name, kind] : kinds) {
      double sum = 0;
      for (const Judged& judged : corpus.judged) {
        double best = 0;
        for (const std::string& reference : judged.reference->values)
          best = std::max(best, RougeF(kind, reference, judged.prediction->text, true));
        sum += best;
      }
      EXPECT_NEAR(sum / static_cast<double>(corpus.judged.size()), one[name].get<double>(), kNear)
          << name << " " << one;
    }
  }
}

TEST(GoldenScore, StemsAreNltks) {
  for (const Json& one : Cases("stems"))
    EXPECT_EQ(PorterStem(one["word"].get<std::string>()), one["stem"].get<std::string>()) << one;
}

TEST(GoldenScore, BleuIsSacreBleus) {
  for (const Json& one : Cases("bleu"))
    EXPECT_NEAR(Texts(one["samples"]).Value("bleu"), one["bleu"].get<double>(), kNear) << one;
}

std::vector<TextSpan> Spans(const Json& rows) {
  std::vector<TextSpan> spans;
  for (const Json& row : rows)
    spans.push_back(
        {row[0].get<std::string>(), 1, {}, row[1].get<std::int64_t>(), row[2].get<std::int64_t>()});
  return spans;
}

TEST(GoldenScore, EntitiesAreThoseOfSeqeval) {
  for (const Json& one : Cases("entities")) {
    Corpus corpus;
    for (const Json& sample : one["samples"]) {
      auto [prediction, reference] = corpus.Add();
      prediction.spans = Spans(sample["given"]);
      reference.spans = Spans(sample["wanted"]);
    }
    EXPECT_NEAR(corpus.Value("entity_f1"), one["entity_f1"].get<double>(), kNear) << one;
  }
}

// Without aggregation a pipeline gives tokens: here words of one letter, a space between.
TEST(GoldenScore, TokensWithTagsAreJoinedAsSeqevalJoinsThem) {
  for (const Json& one : Cases("entities")) {
    Corpus corpus;
    bool io_tags = true;
    for (const Json& sample : one["samples"]) {
      auto [prediction, reference] = corpus.Add();
      reference.spans = Spans(sample["wanted"]);
      const auto tags = sample["given_tags"].get<std::vector<std::string>>();
      for (std::size_t i = 0; i < tags.size(); ++i) {
        io_tags = io_tags && tags[i][0] != 'E' && tags[i][0] != 'S';
        const auto begin = static_cast<std::int64_t>(2 * i);
        if (tags[i] != "O") prediction.spans.push_back({tags[i], 1, {}, begin, begin + 1});
      }
    }
    if (!io_tags) continue;
    EXPECT_NEAR(corpus.Value("entity_f1"), one["entity_f1"].get<double>(), kNear) << one;
  }
}

TEST(GoldenScore, AveragePrecisionIsCocos) {
  for (const Json& one : Cases("boxes")) {
    Corpus corpus;
    for (const Json& image : one["images"]) {
      auto [prediction, reference] = corpus.Add();
      for (const Json& b : image["wanted"])
        reference.boxes.push_back(
            {b[0].get<std::string>(), 1, {b[1], b[2], b[3], b[4]}, b[5] == true});
      for (const Json& b : image["given"])
        prediction.boxes.push_back(
            {b[0].get<std::string>(), b[1].get<double>(), {b[2], b[3], b[4], b[5]}});
    }
    for (const char* name : {"map", "map_50", "map_75", "map_small", "map_medium", "map_large"}) {
      if (one.contains(name)) {
        EXPECT_NEAR(corpus.Value(name), one[name].get<double>(), kNear) << name << " " << one;
      } else {
        EXPECT_FALSE(Score(name, corpus.judged)) << name << " " << one;
      }
    }
  }
}

TEST(GoldenScore, AccuracyIsScikitLearns) {
  for (const Json& one : Cases("accuracy")) {
    Corpus corpus;
    for (std::size_t i = 0; i < one["labels"].size(); ++i) {
      auto [prediction, reference] = corpus.Add();
      for (const Json& label : one["labels"][i])
        prediction.labels.push_back({label.get<std::string>(), 0});
      reference.values = {one["wanted"][i].get<std::string>()};
    }
    for (const char* name : {"accuracy", "top_5_accuracy"})
      EXPECT_NEAR(corpus.Value(name), one[name].get<double>(), kNear) << one;
  }
}

}  // namespace
}  // namespace permille
