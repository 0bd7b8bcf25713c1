// SPDX-License-Identifier: Apache-2.0
#include "pipeline/generation_search.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "pipeline/random_draw.h"

namespace permille {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Ids = std::vector<std::int64_t>;

/// A model whose scores are a function of the sequence so far.
class ScriptedModel : public NextTokenModel {
 public:
  using Script = std::function<std::vector<float>(const Ids&)>;
  explicit ScriptedModel(Script script) : script_(std::move(script)) {}
  Result<NextScores> Begin(const PromptBatch& prompts) override { return Answer(prompts.rows); }
  Result<NextScores> Continue(std::span<const std::size_t> given,
                              const std::vector<Ids>& rows) override {
    if (fails_at != 0 && rows.front().size() >= fails_at) {
      return Fail(ErrorCode::kCancelled, "interrupted");
    }
    parents.emplace_back(given.begin(), given.end());
    return Answer(rows);
  }
  std::vector<std::vector<std::size_t>> parents;
  std::size_t fails_at = 0;

 private:
  NextScores Answer(const std::vector<Ids>& rows) {
    scores_.clear();
    for (const Ids& row : rows) {
      const auto more = script_(row);
      scores_.insert(scores_.end(), more.begin(), more.end());
    }
    const std::size_t vocabulary = scores_.size() / rows.size();
    return {scores_.data(), vocabulary, vocabulary};
  }
  Script script_;
  std::vector<float> scores_;
};

PromptBatch Prompts(std::vector<Ids> rows) {
  PromptBatch prompts;
  prompts.length = rows.front().size();
  prompts.padding.assign(rows.size(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) prompts.seeds.push_back(i);
  prompts.rows = std::move(rows);
  return prompts;
}

/// Scores that make `token` the likeliest of five.
std::vector<float> Wants(std::int64_t token) {
  std::vector<float> scores = {0, 0.1F, 0.2F, 0.3F, 0.4F};
  scores[static_cast<std::size_t>(token)] = 5;
  return scores;
}

GenerationSettings Settings(std::int64_t max_length, Ids eos = {0}) {
  GenerationSettings settings;
  settings.max_length = max_length;
  settings.eos = std::move(eos);
  settings.pad = 4;
  return settings;
}

TEST(GenerationSearch, StopsARowAtItsEndAndTheCallAtTheLastRows) {
  // A row counts on from its first token and ends at 0.
  ScriptedModel model([](const Ids& ids) { return Wants((ids.back() + 1) % 4); });
  const auto rows = Generate(model, Prompts({{2}, {1}}), Settings(10));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_THAT(rows->at(0).ids, ElementsAre(2, 3, 0));
  EXPECT_THAT(rows->at(1).ids, ElementsAre(1, 2, 3, 0));
  EXPECT_EQ(rows->at(0).prompt, 1U);
  EXPECT_THAT(model.parents, SizeIs(2));
}

TEST(GenerationSearch, StopsAtTheLongestLength) {
  ScriptedModel model([](const Ids&) { return Wants(1); });
  const auto rows = Generate(model, Prompts({{2, 3}}), Settings(5));
  ASSERT_TRUE(rows);
  EXPECT_THAT(rows->at(0).ids, ElementsAre(2, 3, 1, 1, 1));
  // The reference only warns of a prompt that is as long as the limit, and adds one token.
  const auto full = Generate(model, Prompts({{2, 3}}), Settings(2));
  ASSERT_TRUE(full);
  EXPECT_THAT(full->at(0).ids, ElementsAre(2, 3, 1));
}

TEST(GenerationSearch, GoesOnPastTheEndWhereThatIsIgnored) {
  ScriptedModel model([](const Ids&) { return Wants(0); });
  for (const std::int64_t beams : {1, 2}) {
    GenerationSettings settings = Settings(6);
    settings.ignore_eos = true;
    settings.num_beams = beams;
    const auto rows = Generate(model, Prompts({{2}}), settings);
    ASSERT_TRUE(rows);
    EXPECT_THAT(rows->at(0).ids, ElementsAre(2, 4, 4, 4, 4, 4)) << beams;
  }
}

TEST(GenerationSearch, ChecksThatScoresAreNumbers) {
  for (const std::int64_t beams : {1, 3}) {
    ScriptedModel model([](const Ids& ids) {
      std::vector<float> scores = Wants(1);
      if (ids.size() == 2) scores[3] = std::nanf("");
      return scores;
    });
    GenerationSettings settings = Settings(4);
    settings.num_beams = beams;
    const auto rows = Generate(model, Prompts({{2}}), settings);
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_FALSE(rows->at(0).finite) << beams;
  }
}

TEST(GenerationSearch, HandsAnErrorOn) {
  for (const std::int64_t beams : {1, 2}) {
    ScriptedModel model([](const Ids&) { return Wants(1); });
    model.fails_at = 4;
    GenerationSettings settings = Settings(100);
    settings.num_beams = beams;
    const auto rows = Generate(model, Prompts({{2}}), settings);
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, ErrorCode::kCancelled);
    EXPECT_THAT(model.parents, SizeIs(2));
  }
}

TEST(GenerationSearch, RefusesMoreBeamsThanTokens) {
  ScriptedModel model([](const Ids&) { return std::vector<float>{1, 2}; });
  GenerationSettings settings = Settings(9, {0, 1});
  settings.num_beams = 2;
  const auto rows = Generate(model, Prompts({{2}}), settings);
  ASSERT_FALSE(rows);
  EXPECT_THAT(rows.error().message, HasSubstr("lower num_beams"));
}

/// Greedy search falls for the likelier first step (2); the other (1) leads to the likelier whole.
std::vector<float> Trap(const Ids& ids) {
  constexpr float kNo = -20;
  const auto log = [](double p) { return static_cast<float>(std::log(p)); };
  if (ids.size() == 1) return {kNo, log(0.4), log(0.6), kNo, kNo};
  if (ids.size() == 2 && ids.back() == 1) return {kNo, kNo, kNo, log(0.9), log(0.1)};
  if (ids.size() == 2) return {kNo, log(0.3), log(0.3), log(0.4), kNo};
  return {0, kNo, kNo, kNo, kNo};
}

TEST(GenerationSearch, BeamsFindTheLikelierWhole) {
  ScriptedModel greedy(Trap);
  ScriptedModel beams(Trap);
  GenerationSettings settings = Settings(10);
  const auto step = Generate(greedy, Prompts({{4}}), settings);
  settings.num_beams = 2;
  const auto whole = Generate(beams, Prompts({{4}}), settings);
  ASSERT_TRUE(step && whole);
  EXPECT_THAT(step->at(0).ids, ElementsAre(4, 2, 3, 0));
  EXPECT_THAT(whole->at(0).ids, ElementsAre(4, 1, 3, 0));
  // The first call's parents are prompts: both beams come from the only one. In the second the
  // beam that was behind comes first.
  EXPECT_THAT(beams.parents.at(0), ElementsAre(0, 0));
  EXPECT_THAT(beams.parents.at(1), ElementsAre(1, 0));
}

TEST(GenerationSearch, BeamsOfABatchStayWithTheirPrompts) {
  const ScriptedModel::Script script = [](const Ids& ids) {
    std::vector<float> scores = Trap({ids.begin(), ids.end()});
    if (ids.front() == 3 && ids.size() == 1) std::swap(scores[1], scores[2]);
    return scores;
  };
  GenerationSettings settings = Settings(10);
  settings.num_beams = 2;
  ScriptedModel together(script);
  const auto both = Generate(together, Prompts({{4}, {3}}), settings);
  ASSERT_TRUE(both);
  std::size_t at = 0;
  for (const Ids& prompt : {Ids{4}, Ids{3}}) {
    ScriptedModel alone(script);
    const auto one = Generate(alone, Prompts({prompt}), settings);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->at(0).ids, both->at(at++).ids);
  }
  for (const auto& parents : together.parents) {
    ASSERT_THAT(parents, SizeIs(4));
    EXPECT_LT(parents[1], parents[2]);
  }
}

TEST(GenerationSearch, SamplingIsSeededByRow) {
  ScriptedModel model([](const Ids&) { return std::vector<float>(5, 0.0F); });
  GenerationSettings settings = Settings(30, {});
  settings.do_sample = true;
  PromptBatch prompts = Prompts({{1}, {1}});
  const auto rows = Generate(model, prompts, settings);
  const auto again = Generate(model, prompts, settings);
  PromptBatch second = Prompts({{1}});
  second.seeds = {1};
  const auto alone = Generate(model, second, settings);
  ASSERT_TRUE(rows && again && alone);
  EXPECT_EQ(rows->at(0).ids, again->at(0).ids);
  EXPECT_NE(rows->at(0).ids, rows->at(1).ids);
  EXPECT_EQ(alone->at(0).ids, rows->at(1).ids);
}

TEST(GenerationSearch, BeamsMaySampleToo) {
  ScriptedModel model([](const Ids&) { return std::vector<float>{0, 0, 0, 0, 0}; });
  GenerationSettings settings = Settings(8, {});
  settings.do_sample = true;
  settings.num_beams = 2;
  const auto rows = Generate(model, Prompts({{1}, {2}}), settings);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_THAT(rows->at(0).ids, SizeIs(8));
  EXPECT_EQ(rows->at(1).ids.front(), 2);
}

TEST(RandomDraw, DrawsByProbability) {
  const std::vector<float> scores = {std::log(0.5F), -std::numeric_limits<float>::infinity(),
                                     std::log(0.3F), std::log(0.2F)};
  RandomDraw draw(1);
  std::map<std::size_t, int> counts;
  std::vector<std::size_t> drawn;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    draw.Draw(scores, 1, drawn);
    ++counts[drawn.at(0)];
  }
  // Five standard deviations of a binomial count.
  const auto expect = [&](std::size_t index, double p) {
    EXPECT_NEAR(counts[index], kDraws * p, 5 * std::sqrt(kDraws * p * (1 - p))) << index;
  };
  expect(0, 0.5);
  expect(2, 0.3);
  expect(3, 0.2);
  EXPECT_EQ(counts.count(1), 0U);
  draw.Draw(scores, 9, drawn);
  EXPECT_THAT(drawn, SizeIs(3));
}

TEST(RandomDraw, IsTheSameOnEveryMachine) {
  // The C++ standard, [rand.predef]: the 10,000th number of a default mt19937_64 (seed 5489) is
  // 9981545732273789042; its upper 53 bits make the fraction.
  RandomDraw draw(5489);
  for (int i = 0; i < 9999; ++i) draw.Uniform();
  EXPECT_DOUBLE_EQ(draw.Uniform(), 9981545732273789042.0 / 18446744073709551616.0);
}

}  // namespace
}  // namespace permille
