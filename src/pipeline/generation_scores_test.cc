// SPDX-License-Identifier: Apache-2.0
// Expected scores follow from the definitions in transformers 4.30.2,
// generation/logits_process.py, worked out by hand.
#include "pipeline/generation_scores.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace permille {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;

constexpr float kBanned = -std::numeric_limits<float>::infinity();

std::vector<float> After(const GenerationSettings& settings, std::vector<std::int64_t> ids,
                         std::vector<float> scores, std::size_t prompt = 1,
                         std::int64_t limit = 20) {
  ScoreRules(settings, prompt, limit).Apply(ids, scores);
  return scores;
}

TEST(ScoreRules, AreNoneByDefault) {
  GenerationSettings settings;
  settings.eos = {2};
  EXPECT_TRUE(ScoreRules(settings, 1, 20).none());
  settings.min_length = 5;
  EXPECT_FALSE(ScoreRules(settings, 1, 20).none());
  EXPECT_TRUE(ScoreRules(settings, 5, 20).none());
}

TEST(ScoreRules, PenaliseARepeatedTokenOnce) {
  GenerationSettings settings;
  settings.repetition_penalty = 2;
  EXPECT_THAT(After(settings, {0, 1, 1, 9}, {4, -4, 4}), ElementsAre(2, -8, 4));
}

TEST(ScoreRules, PenaliseAnewWithEachCall) {
  GenerationSettings settings;
  settings.repetition_penalty = 2;
  ScoreRules rules(settings, 1, 20);
  const std::vector<std::int64_t> ids = {0};
  std::vector<float> scores = {4, 4};
  rules.Apply(ids, scores);
  rules.Apply(ids, scores);
  EXPECT_THAT(scores, ElementsAre(1, 4));
}

TEST(ScoreRules, BanTheEndOfARepeatedNgram) {
  GenerationSettings settings;
  settings.no_repeat_ngram_size = 3;
  EXPECT_THAT(After(settings, {1, 2, 3, 1, 2}, {0, 0, 0, 0}), ElementsAre(0, 0, 0, kBanned));
  EXPECT_THAT(After(settings, {1, 2, 3, 2, 1}, {0, 0, 0, 0}), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(After(settings, {1}, {0, 0, 0, 0}), ElementsAre(0, 0, 0, 0));
  settings.no_repeat_ngram_size = 1;
  EXPECT_THAT(After(settings, {1, 3}, {0, 0, 0, 0}), ElementsAre(0, kBanned, 0, kBanned));
}

TEST(ScoreRules, BanWordsAtTheirLastToken) {
  GenerationSettings settings;
  settings.bad_words = {{0}, {1, 2}, {3}, {1, 1, 1, 2}, {1, 99}};
  settings.eos = {3};
  EXPECT_THAT(After(settings, {1}, {0, 0, 0, 0}), ElementsAre(kBanned, 0, kBanned, 0));
  EXPECT_THAT(After(settings, {2}, {0, 0, 0, 0}), ElementsAre(kBanned, 0, 0, 0));
}

TEST(ScoreRules, KeepATextFromEndingEarly) {
  GenerationSettings settings;
  settings.eos = {0, 2};
  settings.min_length = 3;
  EXPECT_THAT(After(settings, {1, 1}, {5, 1, 5}), ElementsAre(kBanned, 1, kBanned));
  EXPECT_THAT(After(settings, {1, 1, 1}, {5, 1, 5}), ElementsAre(5, 1, 5));
  settings.min_length = 0;
  settings.min_new_tokens = 2;
  EXPECT_THAT(After(settings, {1, 1, 1}, {5, 1, 5}, 2), ElementsAre(kBanned, 1, kBanned));
  EXPECT_THAT(After(settings, {1, 1, 1, 1}, {5, 1, 5}, 2), ElementsAre(5, 1, 5));
  settings.min_new_tokens.reset();
  settings.ignore_eos = true;
  EXPECT_THAT(After(settings, {1, 1, 1, 1}, {5, 1, 5}, 2, 5), ElementsAre(kBanned, 1, kBanned));
}

TEST(ScoreRules, ForceTheFirstAndTheLastToken) {
  GenerationSettings settings;
  settings.forced_bos = 1;
  settings.forced_eos = {2};
  EXPECT_THAT(After(settings, {0}, {5, 1, 5}), ElementsAre(kBanned, 0, kBanned));
  EXPECT_THAT(After(settings, {0, 1}, {5, 1, 5}), ElementsAre(5, 1, 5));
  EXPECT_THAT(After(settings, {0, 1, 1}, {5, 1, 5}, 1, 4), ElementsAre(kBanned, kBanned, 0));
  // A text that may not end is not made to.
  settings.ignore_eos = true;
  EXPECT_THAT(After(settings, {0, 1, 1}, {5, 1, 5}, 1, 4), ElementsAre(5, 1, 5));
}

TEST(ScoreRules, SuppressTokens) {
  GenerationSettings settings;
  settings.suppress = {0, 77, -1};
  settings.begin_suppress = {2};
  EXPECT_THAT(After(settings, {1}, {1, 2, 3}), ElementsAre(kBanned, 2, kBanned));
  EXPECT_THAT(After(settings, {1, 1}, {1, 2, 3}), ElementsAre(kBanned, 2, 3));
}

TEST(ScoreRules, RemoveWhatIsNoNumberAndRenormalise) {
  GenerationSettings settings;
  settings.remove_invalid = true;
  EXPECT_THAT(After(settings, {1}, {std::nanf(""), std::numeric_limits<float>::infinity(), 1}),
              ElementsAre(0, std::numeric_limits<float>::max(), 1));
  settings.remove_invalid = false;
  settings.renormalize = true;
  EXPECT_THAT(After(settings, {1}, {1, 1}),
              ElementsAre(FloatNear(-0.693147F, 1e-6F), FloatNear(-0.693147F, 1e-6F)));
}

TEST(ScoreRules, MakeTheEndLikelierWithLength) {
  GenerationSettings settings;
  settings.eos = {1};
  settings.eos_growth = {{2, 1.5}};
  EXPECT_THAT(After(settings, {0, 0, 0}, {1, 1}), ElementsAre(1, 1));
  EXPECT_THAT(After(settings, {0, 0, 0, 0, 0}, {1, 1}), ElementsAre(1, FloatNear(2.25F, 1e-6F)));
}

std::vector<float> Warped(const GenerationSettings& settings, std::vector<float> scores,
                          std::size_t keep = 1) {
  ScoreWarper(settings, keep).Apply(scores);
  return scores;
}

TEST(ScoreWarper, DividesByTheTemperature) {
  GenerationSettings settings;
  settings.temperature = 2;
  EXPECT_THAT(Warped(settings, {4, 2, -2}), ElementsAre(2, 1, -1));
}

TEST(ScoreWarper, KeepsTheBestAndTheirEquals) {
  GenerationSettings settings;
  settings.top_k = 2;
  EXPECT_THAT(Warped(settings, {1, 5, 3, 3, 0}), ElementsAre(kBanned, 5, 3, 3, kBanned));
  settings.top_k = 1;
  EXPECT_THAT(Warped(settings, {1, 5, 3}, 2), ElementsAre(kBanned, 5, 3));
  settings.top_k = 0;
  EXPECT_THAT(Warped(settings, {1, 5}), ElementsAre(1, 5));
}

TEST(ScoreWarper, KeepsTheFewestThatReachTopP) {
  // Probabilities .5, .3, .15, .05.
  const std::vector<float> scores = {std::log(0.3F), std::log(0.05F), std::log(0.5F),
                                     std::log(0.15F)};
  GenerationSettings settings;
  settings.top_k = 0;
  settings.top_p = 0.7;
  EXPECT_THAT(Warped(settings, scores), ElementsAre(scores[0], kBanned, scores[2], kBanned));
  settings.top_p = 0.9;
  EXPECT_THAT(Warped(settings, scores), ElementsAre(scores[0], kBanned, scores[2], scores[3]));
  settings.top_p = 0.1;
  EXPECT_THAT(Warped(settings, scores), ElementsAre(kBanned, kBanned, scores[2], kBanned));
  EXPECT_THAT(Warped(settings, scores, 2), ElementsAre(scores[0], kBanned, scores[2], kBanned));
}

}  // namespace
}  // namespace permille
