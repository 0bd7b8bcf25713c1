// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "score/answer.h"
#include "score/bleu.h"
#include "score/bootstrap.h"
#include "score/entity_f1.h"
#include "score/rouge.h"
#include "score/score.h"
#include "score/unicode_text.h"

// What metrics do beyond the figures of golden_score_test.cc: what is refused, what is not finite,
// intervals.

namespace permille {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

struct Corpus {
  std::deque<Prediction> predictions;
  std::deque<Reference> references;
  std::vector<Judged> judged;

  Corpus& Add(Prediction prediction, Reference reference) {
    predictions.push_back(std::move(prediction));
    references.push_back(std::move(reference));
    judged.push_back({&predictions.back(), &references.back()});
    return *this;
  }
  Corpus& Text(std::string text, std::vector<std::string> references) {
    Prediction prediction;
    prediction.text = std::move(text);
    return Add(std::move(prediction), Reference{std::move(references)});
  }
  Corpus& Word(std::string word, std::string reference) {
    Prediction prediction;
    prediction.labels = {{std::move(word), 1}};
    return Add(std::move(prediction), Reference{{std::move(reference)}});
  }
  Quality Of(std::string_view metric) const {
    const auto quality = Score(metric, judged);
    EXPECT_TRUE(quality) << quality.error().message;
    return quality.value_or(Quality{});
  }
  std::string Error(std::string_view metric) const {
    const auto quality = Score(metric, judged);
    return quality ? "no error" : quality.error().message;
  }
};

TEST(TextMetrics, ATextThatWasNotFiniteScoresNothing) {
  Corpus corpus;
  corpus.Text("a fine day", {"a fine day"}).Text("a fine day", {"a fine day"});
  corpus.predictions.back().finite = false;
  for (const char* metric : {"rouge1", "rouge2", "rougeL", "rougeLsum", "exact_match", "answer_f1"})
    EXPECT_DOUBLE_EQ(corpus.Of(metric).value, 0.5) << metric;
  EXPECT_LT(corpus.Of("bleu").value, 1);
}

TEST(TextMetrics, AnUnanswerableQuestionWantsAnEmptyAnswer) {
  Corpus corpus;
  corpus.Text("", {}).Text("Ada", {}).Text("", {"Ada"}).Text("The Ada!", {"ada"});
  EXPECT_DOUBLE_EQ(corpus.Of("exact_match").value, 0.5);
  EXPECT_DOUBLE_EQ(corpus.Of("answer_f1").value, 0.5);
  corpus.predictions.front().finite = false;
  EXPECT_DOUBLE_EQ(corpus.Of("exact_match").value, 0.25);
}

TEST(TextMetrics, OneSampleSaysNothingOfTheOthers) {
  Corpus corpus;
  corpus.Text("a fine day", {"a fine day in May"});
  for (const char* metric : {"rouge1", "answer_f1", "bleu"}) {
    EXPECT_EQ(corpus.Of(metric).ci95.low, 0) << metric;
    EXPECT_EQ(corpus.Of(metric).ci95.high, 1) << metric;
  }
}

TEST(TextMetrics, TheSameTextsHaveTheSameInterval) {
  Corpus corpus;
  for (int i = 0; i < 30; ++i)
    corpus.Text(i % 3 == 0 ? "one two three four five" : "six seven eight nine ten",
                {"one two three four six"});
  const Quality first = corpus.Of("bleu");
  EXPECT_EQ(first.ci95.low, corpus.Of("bleu").ci95.low);
  EXPECT_LT(first.ci95.low, first.value);
  EXPECT_GT(first.ci95.high, first.value);
}

// 40 of 100: the percentile bootstrap of a share comes near Wilson's interval, (0.309, 0.498).
TEST(Bootstrap, OfAShareComesNearWilsons) {
  const Interval interval =
      BootstrapInterval(0.4, 100, 2000, [](std::span<const std::uint32_t> times) {
        double sum = 0;
        for (std::size_t i = 0; i < 40; ++i) sum += times[i];
        return sum / 100;
      });
  EXPECT_NEAR(interval.low, 0.309, 0.02);
  EXPECT_NEAR(interval.high, 0.498, 0.02);
}

TEST(Bootstrap, HoldsTheFigureThoughDrawsAreBiased) {
  const Interval interval =
      BootstrapInterval(0.5, 20, 500, [](std::span<const std::uint32_t> times) {
        return 0.8 + 0.01 * times[0];  // far above the figure of the samples themselves
      });
  EXPECT_LE(interval.low, 0.5);
  EXPECT_GE(interval.high, 0.5);
  EXPECT_LT(interval.high - interval.low, 0.1);
}

TEST(Bootstrap, EveryReplicateDrawsAsManyAsThereAre) {
  BootstrapInterval(0, 7, 50, [](std::span<const std::uint32_t> times) {
    std::uint32_t sum = 0;
    for (const std::uint32_t n : times) sum += n;
    EXPECT_EQ(sum, 7u);
    return 0.0;
  });
}

TEST(WordAccuracy, SpacesAndCaseAsideWordsMustBeTheSame) {
  Corpus corpus;
  corpus.Word(" Paris", "Paris").Word("paris", "Paris").Word("Par", "Paris").Word("", "Paris");
  corpus.Word("ÉTÉ", "été").Add({}, Reference{{"x"}});
  EXPECT_DOUBLE_EQ(corpus.Of("word_accuracy").value, 0.5);
  EXPECT_EQ(corpus.Of("word_accuracy").metric, "accuracy");
}

TEST(WordAccuracy, NoWordInCommonIsZeroNotAnError) {
  Corpus corpus;
  corpus.Word("a", "b");
  EXPECT_DOUBLE_EQ(corpus.Of("word_accuracy").value, 0);
}

TEST(ImageAccuracy, EachOfALabelsNamesCounts) {
  Corpus corpus;
  corpus.Word("goldfish, Carassius auratus", "goldfish")
      .Word("goldfish, Carassius auratus", "Carassius_auratus")
      .Word("common iguana, iguana, Iguana iguana", "iguana")
      .Word("common iguana, iguana, Iguana iguana", "common");
  EXPECT_DOUBLE_EQ(corpus.Of("accuracy").value, 0.75);
}

TEST(ImageAccuracy, FewerThanFiveLabelsHaveNoTopFive) {
  Corpus corpus;
  corpus.Word("a", "a");
  EXPECT_THAT(corpus.Error("top_5_accuracy"), HasSubstr("fewer than five labels"));
}

Prediction Spans(std::vector<TextSpan> spans) {
  Prediction prediction;
  prediction.spans = std::move(spans);
  return prediction;
}

TEST(EntityF1, PiecesOfAWordAreOneEntity) {
  const std::vector<TextSpan> spans = {
      {"B-PER", 0.9, "Ad", 0, 2},    {"I-PER", 0.9, "##a", 2, 3}, {"I-PER", 0.8, "Lovelace", 4, 12},
      {"I-PER", 0.8, "Zoë", 14, 17}, {"O", 0.8, "x", 17, 18},     {"I-PER", 0.8, "y", 18, 19},
      {"B-PER", 0.8, "z", 20, 21},   {"I-LOC", 0.8, "w", 22, 23}};
  const auto entities = JoinEntities(spans);
  ASSERT_EQ(entities.size(), 5u);
  EXPECT_EQ(entities[0].label, "PER");
  EXPECT_EQ(entities[0].begin, 0);
  EXPECT_EQ(entities[0].end, 12);
  EXPECT_EQ(entities[1].begin, 14);
  EXPECT_EQ(entities[4].label, "LOC");
}

TEST(EntityF1, KindsGoThroughTheLabelMap) {
  Corpus corpus;
  corpus.Add(Spans({{"LABEL_1", 1, "Ada", 0, 3}}), Reference{{}, {}, {{"PER", 1, "Ada", 0, 3}}});
  EXPECT_THAT(corpus.Error("entity_f1"),
              AllOf(HasSubstr("the model gives label 1"), HasSubstr("per")));
  const auto mapped = Score("entity_f1", corpus.judged, {{"LABEL_1", "PER"}});
  ASSERT_TRUE(mapped) << mapped.error().message;
  EXPECT_DOUBLE_EQ(mapped->value, 1);
}

TEST(EntityF1, ReferencesWithoutAnyEntityAreRefused) {
  Corpus corpus;
  corpus.Add(Spans({{"PER", 1, "Ada", 0, 3}}), {});
  EXPECT_THAT(corpus.Error("entity_f1"), HasSubstr("no reference holds an entity"));
}

Prediction Boxes(std::vector<LabelBox> boxes) {
  Prediction prediction;
  prediction.boxes = std::move(boxes);
  return prediction;
}

TEST(AveragePrecision, LabelsAreComparedAsAccuracyComparesThem) {
  Corpus corpus;
  corpus.Add(Boxes({{"Traffic_Light", 0.9, {0, 0, 10, 10}}}),
             Reference{{}, {{"traffic light", 1, {0, 0, 10, 10}}}});
  EXPECT_DOUBLE_EQ(corpus.Of("map").value, 1);
  corpus.predictions.front().boxes.front().label = "LABEL_9";
  EXPECT_THAT(corpus.Error("map"), HasSubstr("the dataset wants traffic light"));
}

TEST(AveragePrecision, AModelThatFindsNothingScoresNothing) {
  Corpus corpus;
  corpus.Add({}, Reference{{}, {{"cat", 1, {0, 0, 10, 10}}}});
  EXPECT_DOUBLE_EQ(corpus.Of("map").value, 0);
}

TEST(AveragePrecision, ReferencesWithoutABoxAreRefused) {
  Corpus corpus;
  corpus.Add(Boxes({{"cat", 0.9, {0, 0, 10, 10}}}), {});
  EXPECT_THAT(corpus.Error("map"), HasSubstr("no reference holds a box"));
  corpus.references.front().boxes = {{"cat", 1, {0, 0, 10, 10}, true}};
  EXPECT_THAT(corpus.Error("map"), HasSubstr("no reference holds a box"));
}

TEST(AveragePrecision, HostileBoxesAreHarmless) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Corpus corpus;
  corpus.Add(Boxes({{"cat", nan, {0, 0, 10, 10}},
                    {"cat", 0.5, {nan, nan, nan, nan}},
                    {"cat", 0.4, {5, 5, 1, 1}},
                    {"cat", 0.3, {0, 0, 10, 10}}}),
             Reference{{}, {{"cat", 1, {0, 0, 10, 10}}}});
  const Quality quality = corpus.Of("map");
  EXPECT_GT(quality.value, 0);
  EXPECT_LT(quality.value, 1);
}

TEST(UnicodeText, LowersAsPythonDoes) {
  EXPECT_EQ(LowerCase("AZ ÀÖØÞ ĀĮ Ÿ ΑΣ ΣΑ ЀЯ Ꭰ Ⅷ Ⓐ 𐐀 İ"),
            "az àöøþ āį ÿ ας σα ѐя ꭰ ⅷ ⓐ 𐐨 i̇");  // Python 3.11: str.lower()
  EXPECT_EQ(LowerCase("a\xFF\xC3"), "a\xFF\xC3");
}

TEST(UnicodeText, AnswersLoseArticlesBetweenBoundariesOnly) {
  EXPECT_EQ(NormalAnswer("The  theatre, a–an (An) élan\u00A0the_x"), "theatre – élan thex");
}

TEST(UnicodeText, BleuWordsAreMtevals) {
  EXPECT_THAT(BleuWords("It's 3.14, no? 1,000-2 &quot;x&quot;.\n"),
              ElementsAre("It's", "3.14", ",", "no", "?", "1,000", "-", "2", "\"", "x", "\"", "."));
}

}  // namespace
}  // namespace permille
