// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cli/permille_process.h"

namespace permille {
namespace {

class ExecCli : public ::testing::Test {
 protected:
  Ran Exec(std::vector<std::string> flags, std::vector<std::string> command) {
    std::vector<std::string> arguments = {"exec", "--meter", "fake:cpu=50W"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    arguments.push_back("--");
    arguments.insert(arguments.end(), command.begin(), command.end());
    return Permille(arguments, tree_.root());
  }
  TempTree tree_;
};

TEST_F(ExecCli, PassesStdoutThroughAndPrintsOnStderr) {
  const Ran ran = Exec({}, {"echo", "hello"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "hello\n");
  EXPECT_NE(ran.err.find(" J"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("assumed"), std::string::npos) << ran.err;
}

TEST_F(ExecCli, JsonAloneOnStdout) {
  const Ran ran = Exec({"--json"}, {"echo", "hello"});
  const Json json = ran.json();
  EXPECT_EQ(json["schema"], "permille.run/1");
  EXPECT_EQ(json["queries"], 1);
  EXPECT_FALSE(json.contains("task"));
  EXPECT_DOUBLE_EQ(json["per_run"]["energy_wh"]["mean"].get<double>() * 1000,
                   json["per_1000"]["energy_wh"]["mean"].get<double>());
  EXPECT_NE(ran.err.find("hello"), std::string::npos);
}

TEST_F(ExecCli, PassesTheExitCodeOn) {
  EXPECT_EQ(Exec({}, {"sh", "-c", "exit 7"}).code, 7);
  EXPECT_EQ(Exec({}, {"sh", "-c", "kill -TERM $$"}).code, 128 + 15);
}

TEST_F(ExecCli, OwnFailuresHaveCodesOfTheirOwn) {
  EXPECT_EQ(Exec({}, {"no-such-program-at-all"}).code, 127);
  tree_.AddFile("not-executable", "data");
  EXPECT_EQ(Exec({}, {tree_.Path("not-executable")}).code, 126);
  EXPECT_EQ(Exec({"--meter", "fake:"}, {"true"}).code, 125);
  EXPECT_EQ(Exec({"--grid", "atlantis"}, {"true"}).code, 125);
}

TEST_F(ExecCli, FlagsOfTheCommandAreItsOwn) {
  EXPECT_EQ(Exec({}, {"echo", "--json", "--help"}).out, "--json --help\n");
}

TEST_F(ExecCli, RepeatsGiveAnInterval) {
  const Json json = Exec({"--json", "--repeats", "3"}, {"sleep", "0.01"}).json();
  EXPECT_EQ(json["repeats"], 3);
  EXPECT_TRUE(json["per_1000"]["energy_wh"]["repeatability_ci95"].is_array());
}

TEST_F(ExecCli, KeepsTheMeasurementWhereAsked) {
  EXPECT_EQ(Exec({"--store", "kept.db"}, {"true"}).code, 0);
  const Ran report = Permille({"report", "kept.db", "--json"}, tree_.root());
  EXPECT_EQ(report.json()["cells"][0]["engine"], "exec");
}

TEST_F(ExecCli, EnergyIsPowerTimesTime) {
  const Json json = Exec({"--json"}, {"sleep", "0.05"}).json();
  const double seconds = json["latency_ms"]["mean"].get<double>() * 1e-3;
  EXPECT_NEAR(json["per_run"]["energy_wh"]["mean"].get<double>() * 3600, 50 * seconds, 50 * 0.01);
}

TEST_F(ExecCli, OnThisMachineSaysHowEachJouleIsKnown) {
  const Ran ran = Permille({"exec", "--json", "--", "sleep", "0.2"}, tree_.root());
  ASSERT_EQ(ran.code, 0) << ran.err;
  const Json result = ran.json();
  ASSERT_FALSE(result["components"].empty());
  for (const Json& component : result["components"]) {
    EXPECT_NE(component["provenance"].get<std::string>(), "");
    EXPECT_GE(component["wh_per_1000"].get<double>(), 0);
  }
}

}  // namespace
}  // namespace permille
