// SPDX-License-Identifier: Apache-2.0
// When inference has cost as much as training, from the command line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cli/emissions_log.h"
#include "cli/expect_failure.h"

namespace permille {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr const char* kBloomz = "bigscience/bloomz-560m";  // 10,505 + 543 kWh: study.yaml, Table 5

class ParityCli : public testing::Test {
 protected:
  /// A store of one model of its own and one multi-purpose model, on one dataset.
  void SetUp() override {
    tree_.AddFile("logs/text_classif_sst2.csv", Totals(Repeats("a", {1000, 1010, 990})));
    tree_.AddFile("logs/zeroshot_sentiment_sst2.csv",
                  Totals(Repeats(kBloomz, {32000, 32500, 31500}, 30)));
    const Ran ran = Permille({"import", "codecarbon", "logs", "--store", "s.db"}, tree_.root());
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
  Ran Of(std::vector<std::string> more) {
    more.insert(more.begin(), {"parity", "s.db"});
    return Permille(more, tree_.root());
  }
  Json JsonOf(std::vector<std::string> more) {
    more.push_back("--json");
    const Ran ran = Of(more);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.json();
  }
  TempTree tree_;
};

// A query to "a": (1,000 + 425 + 3,750) J over 1,000. 1,000 GPU h of 400 W are 400 kWh.
TEST_F(ParityCli, GpuHoursTimesTdpOverWhatAQueryCosts) {
  const Json json = JsonOf({"--model", "a", "--training-gpu-hours", "1000", "--tdp", "400"});
  EXPECT_EQ(json["schema"], "permille.parity/1");
  EXPECT_NEAR(json["inference_kwh"].get<double>(), 5.175 / 3.6e6, 1e-15);
  EXPECT_EQ(json["queries"]["full"].get<double>(), std::floor(400 / (5.175 / 3.6e6)));
  EXPECT_EQ(json["queries"]["printed"].get<double>(), std::floor(400 / 1.4e-6 + 1e-6));
  ASSERT_EQ(json["terms"].size(), 1u);
  EXPECT_EQ(json["terms"][0]["kwh"], 400.0);
  EXPECT_EQ(json["terms"][0]["provenance"], "modelled");
  EXPECT_EQ(json["terms"][0]["source"], "1000 GPU h x 400 W");
  const auto warnings = json["warnings"].get<std::vector<std::string>>();
  EXPECT_THAT(warnings, Contains(HasSubstr("counts CPU and RAM too")));
  EXPECT_THAT(warnings, Contains(HasSubstr("idle GPUs included")));
  const Json& interval = json["queries"]["interval"];
  EXPECT_LT(interval[0].get<double>(), json["queries"]["full"].get<double>());
  EXPECT_GT(interval[1].get<double>(), json["queries"]["full"].get<double>());
}

TEST_F(ParityCli, MeteredTrainingAndFinetuningAddUp) {
  const Json json = JsonOf({"--model", "a", "--training-kwh", "300", "--finetuning-kwh", "45"});
  ASSERT_EQ(json["terms"].size(), 2u);
  EXPECT_EQ(json["terms"][1]["provenance"], "measured");
  EXPECT_EQ(json["queries"]["full"].get<double>(), std::floor(345 / (5.175 / 3.6e6)));
}

TEST_F(ParityCli, AtSoManyQueriesADayItHasADate) {
  const Json json =
      JsonOf({"--model", "a", "--training-kwh", "1.4375", "--queries-per-day", "100000"});
  EXPECT_NEAR(json["days"].get<double>(), 10, 1e-9);  // 1.4375e-6 kWh a query: a million of them
  EXPECT_EQ(json["date"].get<std::string>().size(), 10u);
  const Ran text = Of({"--model", "a", "--training-kwh", "1.4375", "--queries-per-day", "100000"});
  EXPECT_THAT(text.out, HasSubstr("at 100000 queries a day: 10.0 days, on 20"));
  // No calendar reaches so far.
  const Json far = JsonOf({"--model", "a", "--training-kwh", "1e9", "--queries-per-day", "1e-3"});
  EXPECT_TRUE(far["date"].is_null());
}

TEST_F(ParityCli, OfAPublishedModelTheTermsAreKnown) {
  const Json json = JsonOf({"--model", kBloomz});
  EXPECT_EQ(json["terms"][0]["kwh"], 10505.0);
  EXPECT_EQ(json["terms"][1]["kwh"], 543.0);
  const double query = (32000 + kEmissionsCpuJ + kEmissionsRamJ) / 3.6e9;
  EXPECT_EQ(json["queries"]["full"].get<double>(), std::floor(11048 / query));
  const Ran all = Of({});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.out, HasSubstr(kBloomz));
  EXPECT_EQ(JsonOf({})[0]["queries"]["full"], json["queries"]["full"]);
}

TEST_F(ParityCli, AQueryMayBeGiven) {
  const Json json =
      JsonOf({"--model", "elsewhere", "--training-kwh", "4", "--inference-kwh", "1e-6"});
  EXPECT_EQ(json["queries"]["full"], 4e6);
  EXPECT_TRUE(json["queries"]["interval"].is_null());
}

TEST_F(ParityCli, ByOutputLengthWhereTheModelHasThreeCells) {
  const char* files[] = {"zeroshot_sentiment_sst2", "zeroshot_sentiment_imdb",
                         "zeroshot_sentiment_tomatoes"};
  const char* datasets[] = {"sst", "imdb", "tomatoes"};
  std::string lengths = "Input,Output,model,dataset\n";
  for (int i = 0; i < 3; ++i) {
    const double joules = 20000 + 1000.0 * (i + 1) * 10;  // 1 J more a query for every word
    auto rows = Repeats(kBloomz, {joules, joules}, 30);
    for (EmissionsRow& row : rows) row.run += files[i];
    tree_.AddFile(fmt::format("fit/{}.csv", files[i]), Totals(rows));
    lengths += fmt::format("100,{},{},{}\n", (i + 1) * 10, kBloomz, datasets[i]);
  }
  tree_.AddFile("fit/lengths/all.csv", lengths);
  const Ran ran = Permille({"parity", "fit", "--model", kBloomz, "--training-kwh", "100", "--json"},
                           tree_.root());
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json fit = ran.json()["by_output"];
  EXPECT_EQ(fit["unit"], "words");
  EXPECT_EQ(fit["cells"], 3);
  EXPECT_NEAR(fit["per_unit_kwh"].get<double>(), 1 / 3.6e6, 1e-15);
  EXPECT_NEAR(fit["intercept_kwh"].get<double>(), (20 + 4.175) / 3.6e6, 1e-14);
  for (const Json& row : fit["parity"]) {
    const double kwh = (24.175 + row["length"].get<double>()) / 3.6e6;
    EXPECT_NEAR(row["queries"].get<double>(), 100 / kwh, 1);
  }
}

TEST_F(ParityCli, WhatMakesNoSenseIsNamed) {
  const auto fails = [this](std::vector<std::string> more,
                            std::initializer_list<const char*> words) {
    more.insert(more.begin(), {"parity", "s.db"});
    ExpectFailure(tree_, more, 1, words);
  };
  fails({"--model", "a"}, {"'a'", "--training-kwh", "--training-gpu-hours"});
  fails({"--model", "a", "--training-gpu-hours", "10"}, {"--training-gpu-hours", "--tdp"});
  fails({"--model", "a", "--training-kwh", "-3"}, {"--training-kwh", "-3"});
  fails({"--model", "a", "--training-kwh", "inf"}, {"--training-kwh", "inf"});
  fails({"--model", "a", "--training-kwh", "0"}, {"nothing"});
  fails({"--model", "a", "--training-gpu-hours", "0", "--tdp", "400"}, {"--training-gpu-hours"});
  fails({"--model", "a", "--training-gpu-hours", "10", "--tdp", "0"}, {"--tdp"});
  fails({"--model", "a", "--training-kwh", "1", "--queries-per-day", "0"}, {"--queries-per-day"});
  fails({"--model", "a", "--training-kwh", "1", "--inference-kwh", "0"}, {"--inference-kwh"});
  fails({"--model", "a", "--training-kwh", "1", "--training-gpu-hours", "1", "--tdp", "400"},
        {"--training-kwh", "--training-gpu-hours", "one of them"});
  fails({"--model", "nobody", "--training-kwh", "1"}, {"s.db", "'nobody'", "--inference-kwh"});
  ExpectFailure(tree_, {"parity", "none.db"}, 1, {"none.db"});
  ExpectFailure(tree_, {"parity", "s.db", "--model", "a", "--training-kwh", "much"}, 2,
                {"--training-kwh"});
}

// ../shared/paper/published.json, Table 5: parity of BLOOMz-560M and of BLOOMz-7B.
TEST_F(ParityCli, TheStudysOwnParity) {
  const std::string logs = Shared("paper/logs");
  if (logs.empty()) GTEST_SKIP() << "the study's logs are not here: ../shared/paper/logs";
  const Ran ran = Permille({"parity", logs, "--json"}, tree_.root());
  ASSERT_EQ(ran.code, 0) << ran.err;
  std::map<std::string, double> printed;
  for (const Json& row : ran.json())
    printed[row["model"]] = row["queries"]["printed"].get<double>();
  EXPECT_EQ(printed.size(), 4u);
  EXPECT_EQ(printed[kBloomz], 204592592);
  EXPECT_EQ(printed["bigscience/bloomz-7b1"], 592570000);
}

}  // namespace
}  // namespace permille
