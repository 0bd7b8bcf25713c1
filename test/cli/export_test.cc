// SPDX-License-Identifier: Apache-2.0
// A store as files that others read, and back again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/csv.h"
#include "base/file.h"
#include "cli/emissions_log.h"
#include "cli/expect_failure.h"
#include "store/store.h"

namespace permille {
namespace {

using testing::HasSubstr;

class Export : public testing::Test {
 protected:
  void ImportLogs(const std::string& text, const std::string& store = "s.db") {
    tree_.AddFile("logs/text_classif_sst2.csv", text);
    ASSERT_EQ(Permille({"import", "codecarbon", "logs", "--store", store}, tree_.root()).code, 0);
  }
  Ran To(const std::string& to, std::vector<std::string> more = {}) {
    tree_.Remove(to);
    std::vector<std::string> arguments = {"export", "s.db", "--to", to};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Permille(arguments, tree_.root());
  }
  std::string Text(const std::string& file) { return ReadFile(tree_.Path(file)).value_or(""); }
  /// Joules of every run's query window, by run and channel.
  std::map<std::string, double> Energies(const std::string& store) {
    std::map<std::string, double> joules;
    const auto opened = Store::Open(tree_.Path(store), OpenMode::kRead);
    EXPECT_TRUE(opened);
    const auto runs = (*opened)->ReadAll();
    for (const RunRecord& run : *runs) {
      for (const Window& window : run.windows) {
        if (window.phase != Phase::kQuery) continue;
        for (const ChannelWindow& seen : window.channels)
          joules[run.run_id + "/" + seen.channel] += seen.energy.value_or(Joules(NAN)).value();
      }
    }
    return joules;
  }
  TempTree tree_;
};

std::size_t Columns(const std::string& csv) {
  const std::string header = csv.substr(0, csv.find('\n'));
  return static_cast<std::size_t>(std::ranges::count(header, ',')) + 1;
}
std::size_t Lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

// Energies that no short decimal holds.
std::vector<EmissionsRow> OddRows() {
  std::vector<double> joules;
  for (int i = 1; i <= 12; ++i) joules.push_back(1000.0 * std::sqrt(i) / 7);
  return Repeats("odd", joules);
}

TEST_F(Export, EmissionsCsvAndBackGivesTheSameEnergies) {
  ImportLogs(Totals(OddRows()));
  for (const char* columns : {"31", "38"}) {
    ASSERT_EQ(To("out_emissions.csv", {"--columns", columns}).code, 0);
    const std::string store = std::string(columns) + ".db";
    const Ran back =
        Permille({"import", "codecarbon", "out_emissions.csv", "--store", store}, tree_.root());
    ASSERT_EQ(back.code, 0) << back.err;
    const auto before = Energies("s.db");
    const auto after = Energies(store);
    ASSERT_EQ(before.size(), 36u);  // 12 runs of three channels
    ASSERT_EQ(after.size(), before.size()) << columns;
    for (const auto& [name, joules] : before)
      EXPECT_NEAR(after.at(name) / joules, 1, 1e-12) << columns << ": " << name;
  }
}

TEST_F(Export, EmissionsCsvAndBackGivesTheSameGrams) {
  ImportLogs(Totals(OddRows()));
  ASSERT_EQ(To("out_emissions.csv", {"--columns", "31"}).code, 0);
  ASSERT_EQ(
      Permille({"import", "codecarbon", "out_emissions.csv", "--store", "b.db"}, tree_.root()).code,
      0);
  const auto grams = [&](const char* store) {
    return Permille({"report", store, "--json"}, tree_.root())
        .json()["cells"][0]["emissions_g"]["mean"]
        .get<double>();
  };
  EXPECT_NEAR(grams("b.db") / grams("s.db"), 1, 1e-9);
}

// CodeCarbon multiplies energies by the building's PUE; the store keeps what the machine drew.
TEST_F(Export, ABuildingsPueIsNotAppliedTwice) {
  auto rows = OddRows();
  for (EmissionsRow& row : rows) row.pue = "1.5";
  ImportLogs(Totals(rows));
  ASSERT_EQ(To("out_emissions.csv", {"--columns", "31"}).code, 0);
  ASSERT_EQ(
      Permille({"import", "codecarbon", "out_emissions.csv", "--store", "b.db"}, tree_.root()).code,
      0);
  const auto before = Energies("s.db");
  const auto after = Energies("b.db");
  ASSERT_EQ(after.size(), before.size());
  for (const auto& [name, joules] : before) EXPECT_NEAR(after.at(name) / joules, 1, 1e-12) << name;
}

TEST_F(Export, HasTheColumnsOfTheVersionAskedFor) {
  ImportLogs(Totals(Repeats("a", {1000, 1010})));
  ASSERT_EQ(To("emissions.csv").code, 0);
  EXPECT_EQ(Columns(Text("emissions.csv")), 38u);
  ASSERT_EQ(To("emissions.csv", {"--columns", "31"}).code, 0);
  EXPECT_EQ(Columns(Text("emissions.csv")), 31u);
  EXPECT_EQ(Text("emissions.csv").substr(0, EmissionsHeader().size() - 1),
            EmissionsHeader().substr(0, EmissionsHeader().size() - 1));
  EXPECT_EQ(Lines(Text("emissions.csv")), 3u);
}

TEST_F(Export, OwnRunsAreCostedAtTheGridAskedFor) {
  tree_.AddFile(
      "trace.jsonl",
      TraceBuilder(0.01).Counter("package-0", "cpu").Draw(200, {{"package-0", 36}}).Text());
  ASSERT_EQ(Permille({"run", "known", "--task", "text-classification", "--engine",
                      "fake:latency=100ms", "--meter", "replay:trace.jsonl", "--warmup", "0",
                      "--baseline", "0", "--repeats", "1", "--queries", "1000", "--store", "s.db"},
                     tree_.root())
                .code,
            0);
  const auto emissions = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--columns", "31"});
    EXPECT_EQ(To("emissions.csv", more).code, 0);
    const auto table = CsvTable::Read(tree_.Path("emissions.csv"));
    EXPECT_TRUE(table);
    std::map<std::string, double> row;
    for (const char* name : {"emissions", "energy_consumed", "cpu_energy"})
      row[name] = table->Number(0, table->Column(name).value())->value_or(NAN);
    return row;
  };
  // 36 W for 100 s: 1 Wh; 475 g/kWh is the world's average, 297.6 Oregon's (CodeCarbon 2.2.1).
  auto row = emissions({});
  EXPECT_NEAR(row["energy_consumed"], 1e-3, 1e-12);
  EXPECT_NEAR(row["cpu_energy"], 1e-3, 1e-12);
  EXPECT_NEAR(row["emissions"], 0.475e-3, 1e-12);
  row = emissions({"--grid", "aws:us-west-2"});
  EXPECT_NEAR(row["emissions"], 0.2976e-3, 1e-12);
}

TEST_F(Export, CsvHasARowACellAndJsonlALineARun) {
  ImportLogs(Totals(Together(Repeats("a", {1000, 1010}), Repeats("b", {2000, 2010}, 5))));
  const Ran csv = To("csv");
  EXPECT_EQ(csv.code, 0) << csv.err;
  EXPECT_EQ(Lines(csv.out), 3u);
  const Ran lines = To("jsonl");
  EXPECT_EQ(Lines(lines.out), 4u);
  EXPECT_EQ(Json::parse(lines.out.substr(0, lines.out.find('\n')))["schema"], "permille.record/1");
  ASSERT_EQ(To("cells.csv").code, 0);
  EXPECT_EQ(Text("cells.csv"), csv.out);
  ASSERT_EQ(To("runs.jsonl").code, 0);
  EXPECT_EQ(Text("runs.jsonl"), lines.out);
}

TEST_F(Export, ANameThatASpreadsheetWouldRunIsText) {
  ImportLogs(
      Totals(Together(Repeats("=cmd()", {1000}), Repeats("two\nlines, \"quoted\"", {1000}, 5))));
  const Ran csv = To("csv");
  EXPECT_THAT(csv.out, testing::Not(HasSubstr(",=cmd()")));
  const auto table = CsvTable::Parse(csv.out, "csv");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->rows(), 2u);
}

TEST_F(Export, AFileThatIsThereIsNotWrittenOver) {
  ImportLogs(Totals(OddRows()));
  tree_.AddFile("emissions.csv", "another tool's");
  ExpectFailure(tree_, {"export", "s.db", "--to", "emissions.csv"}, 1,
                {"emissions.csv: exists already"});
  EXPECT_EQ(Text("emissions.csv"), "another tool's");
}

TEST_F(Export, WhatCannotBeDoneIsOneLine) {
  ImportLogs(Totals(Repeats("a", {1000})));
  ExpectFailure(tree_, {"export", "none.db", "--to", "csv"}, 1, {"none.db"});
  ExpectFailure(tree_, {"export", "s.db", "--to", "x.xlsx"}, 1,
                {"--to", "x.xlsx", "emissions.csv"});
  ExpectFailure(tree_, {"export", "s.db", "--columns", "32"}, 1, {"--columns", "31", "38", "32"});
  ExpectFailure(tree_, {"export", "s.db", "--to", "no/such/emissions.csv"}, 1,
                {"no/such/emissions.csv"});
  ExpectFailure(tree_, {"export", "s.db", "--grid", "atlantis"}, 1, {"atlantis"});
  ExpectFailure(tree_, {"export", "s.db", "--pue", "0.5"}, 1, {"0.5"});
}

}  // namespace
}  // namespace permille
