// SPDX-License-Identifier: Apache-2.0
// A fake engine of known cost and a trace of known joules through the real binary: every printed
// digit is known.

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/permille_process.h"

namespace permille {
namespace {

// idle_bare 2 s, load 0.5 s, idle_loaded 2 s, queries, idle_loaded 2 s.
constexpr double kIdle = 2;
constexpr double kLoad = 0.5;

class Exact : public ::testing::Test {
 protected:
  Ran Run(const TraceBuilder& trace, const std::string& latency,
          std::vector<std::string> more = {}) {
    tree_.AddFile("trace.jsonl", trace.Text());
    std::vector<std::string> arguments = {"run",        "known",
                                          "--task",     "text-classification",
                                          "--engine",   "fake:load=500ms,latency=" + latency,
                                          "--meter",    "replay:trace.jsonl",
                                          "--warmup",   "0",
                                          "--baseline", "2",
                                          "--repeats",  "1",
                                          "--queries",  "1000"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Permille(arguments, tree_.root());
  }
  Json Result(const TraceBuilder& trace, const std::string& latency,
              std::vector<std::string> more = {}) {
    more.push_back("--json");
    const Ran ran = Run(trace, latency, std::move(more));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.json();
  }
  TempTree tree_;
};

// To nine digits: far beyond what is printed, short of what sums of doubles lose.
void ExpectExactly(double actual, double expected) {
  EXPECT_NEAR(actual, expected, 1e-9 * expected);
}

double Joules1000(const Json& result) {
  return result["per_1000"]["energy_wh"]["mean"].get<double>() * 3600;
}

double Attributed(const Json& result, const char* name) {
  return result["attribution"][name]["wh_per_1000"].get<double>() * 3600;
}

bool HasFlag(const Json& result, std::string_view flag) {
  return std::ranges::any_of(result["flags"],
                             [&](const Json& f) { return f.get<std::string>() == flag; });
}

TEST_F(Exact, ABatchSharesItsTimeAmongItsSamples) {
  const TraceBuilder trace =
      TraceBuilder().Counter("package-0", "cpu").Draw(20, {{"package-0", 50}});
  const Json result = Result(trace, "1ms", {"--batch", "8"});
  ExpectExactly(result["latency_ms"]["mean"].get<double>(), 1);
  ExpectExactly(result["phases_ms"]["forward"].get<double>(), 1);
}

TEST_F(Exact, QueriesOfOneMillisecond) {
  const TraceBuilder trace = TraceBuilder()
                                 .Counter("package-0", "cpu")
                                 .Counter("dram-0", "ram")
                                 .Draw(20, {{"package-0", 50}, {"dram-0", 4}});
  const Json result = Result(trace, "1ms");
  ExpectExactly(Joules1000(result), 54);
  ExpectExactly(result["components"][0]["wh_per_1000"].get<double>() * 3600, 50);
  ExpectExactly(result["components"][1]["wh_per_1000"].get<double>() * 3600, 4);
  EXPECT_EQ(result["components"][0]["provenance"], "measured");
  EXPECT_EQ(result["components"][0]["coverage"], 1.0);
  ExpectExactly(result["latency_ms"]["p99"].get<double>(), 1);
}

TEST_F(Exact, QueriesOfAHundredMilliseconds) {
  const TraceBuilder trace =
      TraceBuilder(0.01).Counter("package-0", "cpu").Draw(200, {{"package-0", 50}});
  ExpectExactly(Joules1000(Result(trace, "100ms")), 5000);
}

TEST_F(Exact, QueriesOfTenSeconds) {
  const TraceBuilder trace =
      TraceBuilder(1).Counter("package-0", "cpu").Draw(11000, {{"package-0", 50}});
  ExpectExactly(Joules1000(Result(trace, "10s")), 500000);
}

TEST_F(Exact, ThePrintedDigitsAreTheKnownOnes) {
  // 90 W for 100 s: 9000 J = 2.5 Wh, at 475 g/kWh 1.1875 g.
  const TraceBuilder trace =
      TraceBuilder(0.01).Counter("package-0", "cpu").Draw(200, {{"package-0", 90}});
  const Ran ran = Run(trace, "100ms");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("energy     2.500 Wh"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("carbon     1.188 gCO2e"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("measured"), std::string::npos);
}

TEST_F(Exact, CarbonFollowsPlaceAndPue) {
  const TraceBuilder trace =
      TraceBuilder(0.01).Counter("package-0", "cpu").Draw(200, {{"package-0", 36}});
  const Json result = Result(trace, "100ms", {"--grid", "aws:us-west-2", "--pue", "1.5"});
  ExpectExactly(result["per_1000"]["energy_wh"]["mean"].get<double>(), 1);
  // 1 Wh x 1.5 x 297.6 g/kWh (CodeCarbon 2.2.1's table).
  ExpectExactly(result["per_1000"]["emissions_g"]["mean"].get<double>(), 0.4464);
}

TEST_F(Exact, AWrapInTheMiddleOfTheQueries) {
  // 50 W: the counter restarts 25 s after the trace began, within the 100 s of queries.
  const TraceBuilder trace = TraceBuilder(0.01)
                                 .Counter("package-0", "cpu", 262143328850.0 - 25 * 50e6)
                                 .Draw(25, {{"package-0", 50}})
                                 .Draw(175, {{"package-0", 50}});
  ExpectExactly(Joules1000(Result(trace, "100ms")), 5000);
}

TEST_F(Exact, AFailedReadInTheMiddleIsAGap) {
  const TraceBuilder trace = TraceBuilder(0.01)
                                 .Counter("package-0", "cpu")
                                 .Draw(50, {{"package-0", 50}})
                                 .Fail("package-0", 10, 50)
                                 .Draw(140, {{"package-0", 50}});
  const Json result = Result(trace, "100ms");
  ExpectExactly(Joules1000(result), 5000);
  EXPECT_NEAR(result["components"][0]["coverage"].get<double>(), 0.9, 0.001);
  EXPECT_TRUE(HasFlag(result, "gap:package-0"));
}

TEST_F(Exact, TwoSocketsAreAdded) {
  const TraceBuilder trace = TraceBuilder(0.01)
                                 .Counter("package-0", "cpu")
                                 .Counter("package-1", "cpu")
                                 .Draw(200, {{"package-0", 50}, {"package-1", 30}});
  const Json result = Result(trace, "100ms");
  ExpectExactly(Joules1000(result), 8000);
  EXPECT_EQ(result["components"].size(), 2u);
}

TEST_F(Exact, PsysContainsThePackageAndIsTheMachine) {
  const TraceBuilder trace = TraceBuilder(0.01)
                                 .Counter("psys-0", "board")
                                 .Counter("package-0", "cpu", 0, {{"part_of", "psys-0"}})
                                 .Counter("core-0", "cpu", 0, {{"part_of", "package-0"}})
                                 .Draw(200, {{"psys-0", 80}, {"package-0", 50}, {"core-0", 40}});
  const Json result = Result(trace, "100ms");
  ExpectExactly(Attributed(result, "machine"), 8000);
  ExpectExactly(Attributed(result, "device"), 5000);
}

// Eight GPUs of which the first works: 60 W idle and 300 W in queries; the others draw 55 W all the
// while.
TraceBuilder EightGpus() {
  TraceBuilder trace(0.01);
  trace.Counter("package-0", "cpu");
  for (int gpu = 0; gpu < 8; ++gpu) {
    trace.Counter(fmt::format("gpu-{}", gpu), "gpu", 0,
                  gpu == 0 ? Json::object() : Json{{"use", "present-not-used"}});
  }
  std::vector<std::pair<std::string, double>> idle = {{"package-0", 40}, {"gpu-0", 60}};
  for (int gpu = 1; gpu < 8; ++gpu) idle.push_back({fmt::format("gpu-{}", gpu), 55});
  auto busy = idle;
  busy[0].second = 90;
  busy[1].second = 300;
  return trace.Draw(kIdle + kLoad + kIdle, idle).Draw(100, busy).Draw(kIdle + 1, idle);
}

TEST_F(Exact, EightGpusOfWhichOneIsUsed) {
  const Json result = Result(EightGpus(), "100ms");
  EXPECT_EQ(result["attribution_used"], "device");
  ExpectExactly(Joules1000(result), 39000);                     // (90 + 300) W x 100 s
  ExpectExactly(Attributed(result, "machine"), 39000 + 38500);  // and 7 x 55 W
  EXPECT_NEAR(Attributed(result, "marginal"), 29000, 1e-6);     // 390 - 100 W
  EXPECT_EQ(result["components"].size(), 2u);
}

TEST_F(Exact, MachineAttributionShowsTheIdleGpusAsSuch) {
  const Json result = Result(EightGpus(), "100ms", {"--attribution", "machine"});
  ExpectExactly(Joules1000(result), 77500);
  const auto idle = std::ranges::count_if(result["components"], [](const Json& component) {
    return component["use"] == "present-not-used";
  });
  EXPECT_EQ(idle, 7);
}

TEST_F(Exact, MarginalComponentsAddUp) {
  const Json result = Result(EightGpus(), "100ms", {"--attribution", "marginal"});
  EXPECT_NEAR(Joules1000(result), 29000, 1e-6);
  EXPECT_NEAR(result["components"][0]["wh_per_1000"].get<double>() * 3600, 5000, 1e-6);
  EXPECT_NEAR(result["components"][1]["wh_per_1000"].get<double>() * 3600, 24000, 1e-6);
}

// Two repeats; the idle power before and after the queries as given.
TraceBuilder Drifting(double before, double after) {
  TraceBuilder trace(0.01);
  trace.Counter("package-0", "cpu");
  for (int repeat = 0; repeat < 2; ++repeat) {
    trace.Draw(kIdle + kLoad + kIdle, {{"package-0", before}}).Draw(100, {{"package-0", 100}});
    trace.Draw(kIdle, {{"package-0", after}});
  }
  return trace.Draw(10, {{"package-0", after}});
}

double MarginalWidth(const Json& result) {
  const Json& interval = result["attribution"]["marginal"]["expanded"];
  return interval[1].get<double>() - interval[0].get<double>();
}

TEST_F(Exact, ADriftingBaselineWidensMarginal) {
  const Json steady = Result(Drifting(60, 60), "100ms", {"--repeats", "2"});
  const Json drifting = Result(Drifting(50, 70), "100ms", {"--repeats", "2"});
  EXPECT_NEAR(Attributed(steady, "marginal"), 4000, 1e-6);
  EXPECT_NEAR(Attributed(drifting, "marginal"), 4000, 1e-6);
  EXPECT_GT(MarginalWidth(drifting), 10 * MarginalWidth(steady));
  ExpectExactly(Joules1000(steady), Joules1000(drifting));
}

TEST_F(Exact, ForeignLoadRefusesMarginal) {
  TraceBuilder trace(0.01);
  trace.Counter("package-0", "cpu");
  // Someone else keeps one of four cores busy during the queries.
  trace.Draw(kIdle + kLoad + kIdle, {{"package-0", 40}}, 0, 0);
  trace.Draw(100, {{"package-0", 90}}, 2, 1).Draw(kIdle + 1, {{"package-0", 40}}, 0, 0);
  const Json result = Result(trace, "100ms");
  ExpectExactly(Joules1000(result), 9000);
  EXPECT_TRUE(result["attribution"]["marginal"].is_null());
  EXPECT_TRUE(HasFlag(result, "other_load"));
  const Ran refused = Run(trace, "100ms", {"--attribution", "marginal"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("other_load"), std::string::npos) << refused.err;
}

TEST_F(Exact, LoadIsAPartWithItsBreakEven) {
  const TraceBuilder trace =
      TraceBuilder(0.01).Counter("package-0", "cpu").Draw(200, {{"package-0", 50}});
  const Json result = Result(trace, "100ms");
  ExpectExactly(result["load"]["seconds"].get<double>(), 0.5);
  ExpectExactly(result["load"]["energy_wh"].get<double>() * 3600, 25);
  ExpectExactly(result["load"]["breakeven_queries"].get<double>(), 5);  // 25 J at 5 J a query
}

TEST_F(Exact, ARelabelledAccountingNeedsNoNewRun) {
  const TraceBuilder trace = TraceBuilder(0.01)
                                 .Counter("package-0", "cpu")
                                 .Counter("dram-0", "ram")
                                 .Draw(200, {{"package-0", 50}, {"dram-0", 10}});
  EXPECT_EQ(Run(trace, "100ms").code, 0);
  const Ran report = Permille(
      {"report", "permille.db", "--json", "--accounting", "codecarbon-2.3.1", "--grid", "FRA"},
      tree_.root());
  ASSERT_EQ(report.code, 0) << report.err;
  // CodeCarbon 2.3.1 reads RAPL packages and no DRAM domain; this trace has no RAM size for its 3/8
  // W/GB.
  ExpectExactly(report.json()["cells"][0]["energy_kwh"]["mean"].get<double>() * 3.6e6, 5000);
}

TEST_F(Exact, ShortWindowsAreLengthenedByWholePasses) {
  // Updates every 0.1 s: 200 of them need 20 s, so 1 ms queries go on for 20,000 and more, in whole
  // passes.
  const TraceBuilder trace =
      TraceBuilder(0.1).Counter("package-0", "cpu").Draw(200, {{"package-0", 50}});
  const Json result = Result(trace, "1ms", {"--limit", "100", "--queries", "100"});
  EXPECT_EQ(result["queries"], 20000);
  ExpectExactly(Joules1000(result), 50);
}

TEST_F(Exact, TheTraceEndingIsNoSilentZero) {
  const TraceBuilder trace =
      TraceBuilder(0.01).Counter("package-0", "cpu").Draw(50, {{"package-0", 50}});
  const Json result = Result(trace, "100ms");
  EXPECT_LT(result["components"][0]["coverage"].get<double>(), 0.5);
  ExpectExactly(Joules1000(result), 5000);  // the mean power of what was seen
  EXPECT_TRUE(HasFlag(result, "gap:package-0"));
}

}  // namespace
}  // namespace permille
