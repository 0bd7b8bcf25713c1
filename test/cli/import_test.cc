// SPDX-License-Identifier: Apache-2.0
// Others' logs into a store: what is imported, what is left out and named, and with which exit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "cli/emissions_log.h"
#include "cli/expect_failure.h"
#include "store/store.h"

namespace permille {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr const char* kTotals = "logs/text_classif_sst2.csv";

class Import : public testing::Test {
 protected:
  Ran Logs(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"import", "codecarbon", "logs", "--store", "s.db"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Permille(arguments, tree_.root());
  }
  /// Import text that cannot all be read: exit 3, `runs` stored, and a warning that names `words`;
  /// with --strict exit 1 and no store.
  void ExpectSkips(std::size_t runs, std::initializer_list<const char*> words) {
    const Ran strict = Logs({"--strict"});
    EXPECT_EQ(strict.code, 1) << strict.err;
    EXPECT_THAT(strict.out, HasSubstr("nothing imported (--strict)"));
    EXPECT_FALSE(std::filesystem::exists(tree_.Path("s.db")));
    const Ran ran = Logs();
    EXPECT_EQ(ran.code, 3) << ran.err;
    for (const char* word : words) EXPECT_THAT(ran.err, HasSubstr(word));
    EXPECT_EQ(RunsIn("s.db"), runs);
  }
  std::size_t RunsIn(const std::string& store) {
    const auto opened = Store::Open(tree_.Path(store), OpenMode::kRead);
    if (!opened) return 0;
    return (*opened)->List()->size();
  }
  TempTree tree_;
};

TEST_F(Import, AFolderOfLogsBecomesAStore) {
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000, 1010, 990})));
  const Ran ran = Logs();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out, HasSubstr("1 files: 3 runs, 1 cells -> s.db"));
  EXPECT_THAT(ran.out, HasSubstr("42.5 W"));
  EXPECT_THAT(ran.out, HasSubstr("3/8 W for each of 1000 GB"));
  EXPECT_EQ(RunsIn("s.db"), 3u);
}

TEST_F(Import, TheJsonCountsAndNames) {
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000, 1010})) + "half a line");
  const Ran ran = Logs({"--json"});
  EXPECT_EQ(ran.code, 3);
  const Json json = ran.json();
  EXPECT_EQ(json["schema"], "permille.import/1");
  EXPECT_EQ(json["runs"], 2);
  EXPECT_EQ(json["cells"], 1);
  ASSERT_EQ(json["problems"].size(), 1u);
  EXPECT_THAT(json["problems"][0].get<std::string>(), HasSubstr("text_classif_sst2.csv:4"));
  EXPECT_FALSE(json["findings"].empty());
}

TEST_F(Import, AgainAddsNothingAndChangesNoReport) {
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000, 1010, 990})));
  tree_.AddFile("logs/model_parameters.csv", "model_name,num_parameters\na,66000000\n");
  tree_.AddFile("logs/lengths/sst2.csv", "Input,Output,model,dataset\n16,1,a,sst\n20,2,a,sst\n");
  ASSERT_EQ(Logs().code, 0);
  const Json before = Permille({"report", "s.db", "--json"}, tree_.root()).json();
  const Ran again = Logs();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("3 runs were in the store already"));
  EXPECT_EQ(RunsIn("s.db"), 3u);
  EXPECT_EQ(Permille({"report", "s.db", "--json"}, tree_.root()).json(), before);
}
TEST_F(Import, NewRunsOfAGrownLogAreAdded) {
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000, 1010})));
  ASSERT_EQ(Logs().code, 0);
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000, 1010, 990, 1005})));
  EXPECT_EQ(Logs().code, 0);
  EXPECT_EQ(RunsIn("s.db"), 4u);
}

TEST_F(Import, HalfALineAtTheEnd) {
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000, 1010})) + "2023-10-02T20:20:31,a,half,10,0.0");
  ExpectSkips(2, {"text_classif_sst2.csv:4", "5 cells, expected 31"});
}
TEST_F(Import, ARunIdThatComesTwice) {
  auto rows = Repeats("a", {1000, 1010, 990});
  rows[2].run = rows[0].run;
  tree_.AddFile(kTotals, Totals(rows));
  ExpectSkips(2, {"text_classif_sst2.csv:4", "a second time"});
}
TEST_F(Import, AColumnThatIsMissing) {
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000})));
  tree_.AddFile("logs/narrow.csv", "timestamp,run_id,emissions\n2023-10-02T20:20:31,x,1\n");
  ExpectSkips(1, {"narrow.csv", "project_name", "missing"});
}
TEST_F(Import, NumbersOfAnotherCountry) {
  std::string text = Totals(Repeats("a", {1000, 1010}));
  const auto at = text.rfind(",375,");
  text.replace(at, 5, ",\"375,5\",");
  tree_.AddFile(kTotals, text);
  ExpectSkips(1, {"text_classif_sst2.csv:3", "'375,5'", "decimal point"});
}
TEST_F(Import, ATableOfSomethingElse) {
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000})));
  tree_.AddFile("logs/shopping.csv", "item,price\nmilk,2\n");
  ExpectSkips(1, {"shopping.csv", "no table of CodeCarbon"});
}
TEST_F(Import, ARunThatWasLoadedAndNeverAsked) {
  auto rows = Repeats("a", {1000, 1010});
  tree_.AddFile(kTotals, Totals(rows));
  rows[1].task = "load model";
  tree_.AddFile("logs/emissions_base_1.csv", Tasks({rows[1]}));
  ExpectSkips(1, {rows[1].run.c_str(), "none of queries"});
  EXPECT_EQ(Permille({"report", "s.db"}, tree_.root()).code, 0);
}
TEST_F(Import, GpusThatNoMachineHas) {
  for (const char* count : {"1e12", "2.5"}) {
    std::string text = Totals(Repeats("a", {1000, 1010}));
    const auto at = text.rfind(",8,8 x A100");
    text.replace(at, 2, std::string(",") + count);
    tree_.AddFile(kTotals, text);
    tree_.Remove("s.db");
    ExpectSkips(1, {"gpu_count", count, "no number of GPUs"});
  }
}
TEST_F(Import, OnlyTheFirstProblemsAreShownAndAllAreCounted) {
  std::string text = Totals(Repeats("a", {1000}));
  for (int i = 0; i < 30; ++i) text += "broken\n";
  tree_.AddFile(kTotals, text);
  const Ran ran = Logs();
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("... and 10 more"));
  EXPECT_THAT(ran.out, HasSubstr("30 could not be read"));
}

// Version 3 has seven columns that 2.3.1 has not; columns are found by name.
TEST_F(Import, MixedVersionsInOneFolder) {
  auto old = Repeats("a", {1000});
  tree_.AddFile(kTotals, Totals(old));
  ASSERT_EQ(Logs().code, 0);
  ASSERT_EQ(
      Permille({"export", "s.db", "--to", "v3_emissions.csv", "--columns", "38"}, tree_.root())
          .code,
      0);
  std::string newer = *ReadFile(tree_.Path("v3_emissions.csv"));
  newer.replace(newer.find(old[0].run), old[0].run.size(), "another-run");
  tree_.AddFile("logs/emissions.csv", newer);
  tree_.Remove("s.db");
  const Ran ran = Logs({"--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.json()["runs"], 2);
  EXPECT_EQ(ran.json()["cells"], 2);
}

TEST_F(Import, TaskFilesAndTotalsAreOneRun) {
  auto total = Repeats("a", {3000})[0];
  auto load = total;
  load.task = "load model";
  load.gpu_j = 1000;
  auto query = total;
  query.task = "query model";
  query.gpu_j = 2000;
  tree_.AddFile(kTotals, Totals({total}));
  tree_.AddFile("logs/emissions_base_1.csv", Tasks({load, query}));
  ASSERT_EQ(Logs().code, 0);
  const Json cell = Permille({"report", "s.db", "--json"}, tree_.root()).json()["cells"][0];
  EXPECT_NEAR(cell["energy_kwh"]["mean"].get<double>(), TotalJ(query) / 3.6e6, 1e-15);
  EXPECT_NEAR(cell["load_kwh"].get<double>(), TotalJ(load) / 3.6e6, 1e-15);
}

TEST_F(Import, QueriesAndGpusAreWhatOneSays) {
  tree_.AddFile("logs/emissions.csv", Totals(Repeats("a", {1000})));
  ASSERT_EQ(Logs({"--queries", "500", "--gpus-used", "2"}).code, 0);
  const auto store = Store::Open(tree_.Path("s.db"), OpenMode::kRead);
  ASSERT_TRUE(store);
  const auto runs = (*store)->ReadAll();
  ASSERT_TRUE(runs);
  EXPECT_EQ((*runs)[0].queries, 500);
  EXPECT_EQ((*runs)[0].channels[0].facts.at("devices_used"), "2");
}

TEST_F(Import, AFolderThatIsNotThereLeavesNoStore) {
  ExpectFailure(tree_, {"import", "codecarbon", "nowhere"}, 1, {"nowhere"});
  tree_.AddFolder("empty");
  ExpectFailure(tree_, {"import", "codecarbon", "empty"}, 1, {"empty", "no .csv"});
  EXPECT_FALSE(std::filesystem::exists(tree_.Path("permille.db")));
}
TEST_F(Import, LogsWithoutARunAreNoSuccess) {
  tree_.AddFile(kTotals, EmissionsHeader());
  ExpectFailure(tree_, {"import", "codecarbon", "logs"}, 1, {"logs", "no run"});
  // Line ends that only old Macs wrote make one long header.
  std::string text = Totals(Repeats("a", {1000}));
  std::ranges::replace(text, '\n', '\r');
  tree_.AddFile(kTotals, text);
  ExpectFailure(tree_, {"import", "codecarbon", "logs"}, 1, {"logs", "no run"});
  EXPECT_FALSE(std::filesystem::exists(tree_.Path("permille.db")));
}
TEST_F(Import, CellsBetweenSemicolons) {
  std::string text = Totals(Repeats("a", {1000}));
  std::ranges::replace(text, ',', ';');
  tree_.AddFile("logs/excel.csv", text);
  tree_.AddFile(kTotals, Totals(Repeats("b", {1000})));
  ExpectSkips(1, {"excel.csv", "semicolons", "with commas"});
}
TEST_F(Import, AQuoteThatNeverEnds) {
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000, 1010})) + "2023-10-02T20:20:31,\"a,half");
  ExpectSkips(2, {"text_classif_sst2.csv:4", "never ends"});
}
TEST_F(Import, AByteOrderMarkAndWindowsLineEndsAreNoMatter) {
  std::string text;
  for (const char c : Totals(Repeats("a", {1000, 1010})))
    text += c == '\n' ? "\r\n" : std::string(1, c);
  tree_.AddFile(kTotals, "\xEF\xBB\xBF" + text);
  const Ran ran = Logs();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(RunsIn("s.db"), 2u);
}
TEST_F(Import, AStoreThatIsNoneIsLeftAlone) {
  tree_.AddFile("s.db", "these are my notes, not a database, and permille must not touch them");
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000})));
  const Ran ran = Logs();
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ErrorLines(ran.err).size(), 1u) << ran.err;
  EXPECT_THAT(*ReadFile(tree_.Path("s.db")), HasSubstr("these are my notes"));
}
TEST_F(Import, AStoreInAFolderThatIsNotThere) {
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000})));
  ExpectFailure(tree_, {"import", "codecarbon", "logs", "--store", "no/such/s.db"}, 1,
                {"no/such/s.db"});
}
TEST_F(Import, WhatWasMistyped) {
  tree_.AddFile(kTotals, Totals(Repeats("a", {1000})));
  ExpectFailure(tree_, {"import", "codecarbn", "logs"}, 1, {"codecarbn", "codecarbon, wall"});
  ExpectFailure(tree_, {"import", "codecarbon"}, 2, {"PATH", "--help"});
  ExpectFailure(tree_, {"import", "codecarbon", "logs", "--queries", "0"}, 1, {"--queries", "0"});
  ExpectFailure(tree_, {"import", "codecarbon", "logs", "--queries", "many"}, 2, {"--queries"});
  ExpectFailure(tree_, {"import", "codecarbon", "logs", "--gpus-used", "-1"}, 1, {"--gpus-used"});
  ExpectFailure(tree_, {"import", "codecarbon", "logs", "--strickt"}, 2, {"--strict"});
}

// Counts of ../shared/paper/README.md, section 1.
TEST_F(Import, TheStudysLogsAreReadWhole) {
  const std::string logs = Shared("paper/logs");
  if (logs.empty()) GTEST_SKIP() << "the study's logs are not here: ../shared/paper/logs";
  const Ran ran =
      Permille({"import", "codecarbon", logs, "--store", "s.db", "--strict"}, tree_.root());
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("6513 runs, 417 cells"));
}

// --- a meter in the wall ---

constexpr double kIdleW = 40;
constexpr double kLoadW = 70;
constexpr double kQueryW = 90;
constexpr double kWallOffset = 37;  // seconds in the log before the run began

class ImportWall : public Import {
 protected:
  /// Two runs of 5 s idle, 5 s loading, 5 s idle, 100 s of queries, 5 s idle.
  void MakeStore() {
    TraceBuilder trace(0.01);
    trace.Counter("package-0", "cpu");
    for (int repeat = 0; repeat < 2; ++repeat) {
      for (const auto& [seconds, watts] : kRun) trace.Draw(seconds, {{"package-0", watts}});
    }
    tree_.AddFile("trace.jsonl", trace.Draw(20, {{"package-0", kIdleW}}).Text());
    const Ran ran =
        Permille({"run", "known", "--task", "text-classification", "--engine",
                  "fake:load=5s,latency=100ms", "--meter", "replay:trace.jsonl", "--warmup", "0",
                  "--baseline", "5", "--repeats", "2", "--queries", "1000", "--store", "s.db"},
                 tree_.root());
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
  /// The wall of one run a second at a time: software's power through a supply of 90 %.
  std::string Wall() const {
    std::string text = "time,watts\n";
    int second = 0;
    const auto add = [&](double seconds, double watts) {
      for (double i = 0; i < seconds; ++i) text += fmt::format("{},{}\n", second++, watts / 0.9);
    };
    add(kWallOffset, kIdleW);
    for (const auto& [seconds, watts] : kRun) add(seconds, watts);
    add(60, kIdleW);
    return text;
  }
  Ran Lay(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"import", "wall", "wall.csv", "--store", "s.db"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Permille(arguments, tree_.root());
  }
  static constexpr std::pair<double, double> kRun[] = {
      {5, kIdleW}, {5, kLoadW}, {5, kIdleW}, {100, kQueryW}, {5, kIdleW}};
};

TEST_F(ImportWall, SoftwareOverWallIsTheSuppliesEfficiency) {
  MakeStore();
  tree_.AddFile("wall.csv", Wall());
  const Ran ran = Lay({"--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Json rows = ran.json();
  // The log holds one run: where it began is told from where the first run's recorder did.
  ASSERT_FALSE(rows.empty());
  EXPECT_NEAR(rows[0]["offset_s"].get<double>(), kWallOffset, 1);
  std::size_t queries = 0;
  for (const Json& row : rows) {
    if (row["window"] != "query") continue;
    ++queries;
    EXPECT_NEAR(row["ratio"].get<double>(), 0.9, 0.01);
    EXPECT_NEAR(row["software_j"].get<double>(), 9000, 1e-6);
    EXPECT_GT(row["correlation"].get<double>(), 0.98);
  }
  EXPECT_EQ(queries, 2u);
}
TEST_F(ImportWall, WhatItSawIsKeptInTheStoreAndOnceOnly) {
  MakeStore();
  tree_.AddFile("wall.csv", Wall());
  ASSERT_EQ(Lay().code, 0);
  const auto kept = [&] {
    return (*Store::Open(tree_.Path("s.db"), OpenMode::kRead))->Facts()->wall;
  };
  const std::size_t first = kept().size();
  EXPECT_GT(first, 0u);
  EXPECT_EQ(Lay().code, 0);
  EXPECT_EQ(kept().size(), first);
}
TEST_F(ImportWall, OneRunAlone) {
  MakeStore();
  tree_.AddFile("wall.csv", Wall());
  const std::string id = (*(*Store::Open(tree_.Path("s.db"), OpenMode::kRead))->List())[1].run_id;
  const Ran ran = Lay({"--run", id, "--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Json rows = ran.json();
  EXPECT_FALSE(rows.empty());
  for (const Json& row : rows) EXPECT_EQ(row["run"], id);
  EXPECT_EQ(Lay({"--run", "nobody"}).code, 1);
}
TEST_F(ImportWall, RowsThatCannotBeReadAreNamedAndStrictRefusesThem) {
  MakeStore();
  tree_.AddFile("wall.csv", Wall() + "yesterday,100\n");
  const Ran strict = Lay({"--strict"});
  EXPECT_EQ(strict.code, 1);
  EXPECT_EQ(strict.out, "");
  EXPECT_THAT(strict.err, HasSubstr("--strict"));
  EXPECT_TRUE((*Store::Open(tree_.Path("s.db"), OpenMode::kRead))->Facts()->wall.empty());
  const Ran ran = Lay();
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("yesterday"));
}
TEST_F(ImportWall, ALogOfSomethingElseIsRefusedWithItsCorrelation) {
  MakeStore();
  std::string text = "time,watts\n";
  for (int i = 0; i < 300; ++i) text += fmt::format("{},{}\n", i, 100 + (i * 7919) % 13);
  tree_.AddFile("wall.csv", text);
  const Ran ran = Lay();
  EXPECT_EQ(ran.code, 1) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("correlation"));
}
TEST_F(ImportWall, WhatIsMissingIsNamed) {
  tree_.AddFile("wall.csv", Wall());
  ExpectFailure(tree_, {"import", "wall", "wall.csv", "--store", "s.db"}, 1, {"s.db", "--store"});
  ExpectFailure(tree_, {"import", "wall", "none.csv"}, 1, {"none.csv"});
  tree_.AddFile("other.csv", "time,volts\n1,230\n");
  ExpectFailure(tree_, {"import", "wall", "other.csv"}, 1, {"other.csv", "watts"});
  EXPECT_FALSE(std::filesystem::exists(tree_.Path("s.db")));
}

}  // namespace
}  // namespace permille
