// SPDX-License-Identifier: Apache-2.0
// Is one cheaper than the other, and what a build that asks is told.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/emissions_log.h"
#include "cli/expect_failure.h"

namespace permille {
namespace {

using testing::HasSubstr;

/// GPU joules that make a row cost this many joules in all.
std::vector<double> Costing(std::vector<double> total) {
  for (double& joules : total) joules -= kEmissionsCpuJ + kEmissionsRamJ;
  return total;
}

class Compare : public testing::Test {
 protected:
  /// A store of models "a" and "b" of these joules a run, in turn.
  void Make(const std::vector<double>& a, const std::vector<double>& b,
            const std::string& store = "s.db") {
    tree_.AddFile("logs/text_classif_sst2.csv",
                  Totals(Together(Repeats("a", Costing(a)), Repeats("b", Costing(b), 5))));
    const Ran ran = Permille({"import", "codecarbon", "logs", "--store", store}, tree_.root());
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
  Ran Models(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"compare", "a", "b", "--store", "s.db"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Permille(arguments, tree_.root());
  }
  TempTree tree_;
};

// The node's mood doubles half-way; b costs a tenth more in every block.
const std::vector<double> kA = {10000, 10010, 20000, 20020};
const std::vector<double> kB = {11000, 11011, 22000, 22022};

TEST_F(Compare, PairsByBlockSoThatWhatBothShareCancels) {
  Make(kA, kB);
  const Ran ran = Models({"--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Json json = ran.json();
  EXPECT_EQ(json["schema"], "permille.compare/1");
  ASSERT_EQ(json["comparisons"].size(), 1u);
  const Json& row = json["comparisons"][0];
  EXPECT_EQ(row["method"], "paired by block");
  EXPECT_EQ(row["n"], 4);
  EXPECT_NEAR(row["ratio"].get<double>(), 1.1, 1e-9);
  EXPECT_NEAR(row["interval"][0].get<double>(), 1.1, 1e-6);
  EXPECT_NEAR(row["interval"][1].get<double>(), 1.1, 1e-6);
  EXPECT_TRUE(json["verdict"].is_null());
}

TEST_F(Compare, FailsAboveTheLimit) {
  Make(kA, kB);
  const Ran ran = Models({"--fail-if", "+5%"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "");  // the answer is a result, not an error
  EXPECT_THAT(ran.out, HasSubstr("--fail-if +5%: fails"));
}
TEST_F(Compare, PassesBelowTheLimit) {
  Make(kA, kB);
  const Ran ran = Models({"--fail-if", "+15%"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("passes"));
}
TEST_F(Compare, ASavingThatWasPromisedCanFailToo) {
  Make(kA, kB);
  EXPECT_EQ(Models({"--fail-if", "-10%"}).code, 1);
}
TEST_F(Compare, WhereScatterHidesTheAnswerItSaysHowManyMoreBlocksWouldTell) {
  Make({10000, 10000, 10000, 10000}, {10000, 10900, 10100, 10600});
  const Ran ran = Models({"--fail-if", "+5%"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.out, HasSubstr("inconclusive: about"));
  EXPECT_THAT(ran.out, HasSubstr("more blocks would tell"));
  const Json json = Models({"--fail-if", "+5%", "--json"}).json();
  EXPECT_NEAR(json["limit"].get<double>(), 1.05, 1e-12);
  EXPECT_THAT(json["verdict"].get<std::string>(), HasSubstr("inconclusive"));
}
TEST_F(Compare, OneRepeatDecidesNothing) {
  Make({10000}, {20000});
  EXPECT_EQ(Models({"--fail-if", "+5%"}).code, 4);
}
TEST_F(Compare, TheSameModelIsNotDearerThanItself) {
  Make(kA, kB);
  const Ran ran =
      Permille({"compare", "a", "a", "--store", "s.db", "--fail-if", "+1%"}, tree_.root());
  EXPECT_EQ(ran.code, 0) << ran.out;
}

TEST_F(Compare, BlocksOfTwoStoresAreNotPaired) {
  Make(kA, kB, "s.db");
  for (const char* run : {"s2.db"}) {
    auto rows = Together(Repeats("a", Costing(kB)), Repeats("c", Costing(kB), 5));
    for (EmissionsRow& row : rows) row.run += "-again";
    tree_.AddFile("logs/text_classif_sst2.csv", Totals(rows));
    ASSERT_EQ(Permille({"import", "codecarbon", "logs", "--store", run}, tree_.root()).code, 0);
  }
  const Ran ran = Permille({"compare", "s.db", "s2.db", "--json"}, tree_.root());
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Json rows = ran.json()["comparisons"];
  ASSERT_EQ(rows.size(), 1u);  // "a" is in both
  EXPECT_EQ(rows[0]["method"], "Welch");
  EXPECT_NEAR(rows[0]["ratio"].get<double>(), 1.1, 1e-9);
  EXPECT_LT(rows[0]["interval"][0].get<double>(), 1);
  EXPECT_GT(rows[0]["interval"][1].get<double>(), 1);
}

TEST_F(Compare, SeveralCellsAreCorrectedForAndSummedUp) {
  tree_.AddFile("logs/text_classif_imdb.csv",
                Totals(Together(Repeats("a", Costing({10000, 10100, 9900})),
                                Repeats("b", Costing({40000, 40100, 39800}), 5))));
  auto rows = Together(Repeats("a", Costing({10000, 10020, 9990})),
                       Repeats("b", Costing({10000, 10100, 9900}), 5));
  for (EmissionsRow& row : rows) row.run += "-sst2";
  tree_.AddFile("logs/text_classif_sst2.csv", Totals(rows));
  ASSERT_EQ(Permille({"import", "codecarbon", "logs", "--store", "s.db"}, tree_.root()).code, 0);
  const Json json = Models({"--json"}).json();
  ASSERT_EQ(json["comparisons"].size(), 3u);
  EXPECT_EQ(json["comparisons"][2]["task"], "all");
  EXPECT_NEAR(json["comparisons"][2]["ratio"].get<double>(), 2, 0.02);  // of 4 and 1
  for (int i = 0; i < 2; ++i) {
    const Json& row = json["comparisons"][static_cast<std::size_t>(i)];
    EXPECT_GE(row["p_holm"].get<double>(), row["p"].get<double>());
  }
  EXPECT_EQ(Models({"--task", "summarization"}).code, 1);
}

TEST_F(Compare, WhatIsNotThereIsNamed) {
  Make(kA, kB);
  ExpectFailure(tree_, {"compare", "a", "distilbert", "--store", "s.db"}, 1,
                {"s.db", "'distilbert'"});
  ExpectFailure(tree_, {"compare", "s.db", "other.db"}, 1, {"other.db", "no such store"});
  ExpectFailure(tree_, {"compare", "a", "b", "--store", "none.db"}, 1, {"none.db"});
  ExpectFailure(tree_, {"compare", "a"}, 2, {"B", "--help"});
  ExpectFailure(tree_, {"compare", "a", "b", "--store", "s.db", "--fail-if", "much"}, 1,
                {"--fail-if", "much", "+5%"});
  ExpectFailure(tree_, {"compare", "a", "b", "--store", "s.db", "--task", "text-clasification"}, 1,
                {"text-clasification", "text-classification"});
}

TEST_F(Compare, AMistypedModelGetsTheNearestName) {
  tree_.AddFile("logs/text_classif_sst2.csv", Totals(Repeats("distilbert-base", {1000, 1010})));
  ASSERT_EQ(Permille({"import", "codecarbon", "logs", "--store", "s.db"}, tree_.root()).code, 0);
  ExpectFailure(tree_, {"compare", "distilbert-bse", "distilbert-base", "--store", "s.db"}, 1,
                {"'distilbert-bse'", "did you mean 'distilbert-base'"});
}

TEST_F(Compare, FoldersOfLogsNeedNoStore) {
  Make(kA, kB);
  const Ran ran = Permille({"compare", "logs", "s.db", "--json"}, tree_.root());
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["comparisons"].size(), 3u);  // two models and both together
}

TEST_F(Compare, ANameIsShownAndNotRun) {
  tree_.AddFile(
      "logs/text_classif_sst2.csv",
      Totals(Together(Repeats("\x1B[31mred\nmodel", {1000, 1010}), Repeats("b", {1000, 1010}, 5))));
  ASSERT_EQ(Permille({"import", "codecarbon", "logs", "--store", "s.db"}, tree_.root()).code, 0);
  const Ran ran = Permille({"compare", "b", "\x1B[31mred\nmodel", "--store", "s.db"}, tree_.root());
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, testing::Not(HasSubstr("\x1B")));
}

}  // namespace
}  // namespace permille
