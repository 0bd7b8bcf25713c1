// SPDX-License-Identifier: Apache-2.0
// Reports of an own store and of imported logs in every format, and of names that mean harm.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/csv.h"
#include "base/file.h"
#include "cli/emissions_log.h"
#include "cli/expect_failure.h"

namespace permille {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Names that a terminal, a spreadsheet, a page or a parser would rather run than show.
const std::vector<std::string> kHostile = {"<script>alert(1)</script>",
                                           "</script><b>x",
                                           "=cmd()",
                                           "+1|'\"",
                                           "two\nlines\r\nof",
                                           "a|b*c`d`",
                                           "\x1B[31mred\x07",
                                           "back\xE2\x80\xAEwards",
                                           "not \xFF utf-8",
                                           std::string(10000, 'x')};

class Report : public testing::Test {
 protected:
  /// Three folders of everything, made once: an own store, imported logs, hostile logs.
  static void SetUpTestSuite() {
    tree_ = std::make_unique<TempTree>();
    Measure("alpha", "100ms");
    Measure("beta", "200ms");
    tree_->AddFile("logs/text_classif_sst2.csv",
                   Totals(Together(Repeats("a", {1000, 1010, 990, 1005}),
                                   Repeats("b", {2000, 2010, 1990, 2005}, 5))));
    tree_->AddFile("logs/text_classif_imdb.csv",
                   Totals(Again(Repeats("a", {3000, 3010, 2990, 3005}))));
    ASSERT_EQ(Call({"import", "codecarbon", "logs", "--store", "imported.db"}).code, 0);
    std::vector<EmissionsRow> rows;
    for (std::size_t i = 0; i < kHostile.size(); ++i)
      rows = Together(rows, Repeats(kHostile[i], {1000, 1010, 990}, static_cast<int>(i)));
    tree_->AddFile("hostile/text_classif_sst2.csv", Totals(rows));
    ASSERT_EQ(Call({"import", "codecarbon", "hostile", "--store", "hostile.db"}).code, 0);
  }
  static void TearDownTestSuite() { tree_.reset(); }

  static Ran Call(const std::vector<std::string>& arguments) {
    return Permille(arguments, tree_->root());
  }
  /// The report's stdout; a test failure unless it ends well.
  static std::string Text(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "report");
    const Ran ran = Call(arguments);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out;
  }
  static Json JsonOf(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    return Json::parse(Text(std::move(arguments)));
  }

 private:
  /// Three repeats at 50 W.
  static void Measure(const std::string& model, const std::string& latency) {
    tree_->AddFile(
        "trace.jsonl",
        TraceBuilder(0.01).Counter("package-0", "cpu").Draw(700, {{"package-0", 50}}).Text());
    const Ran ran =
        Call({"run", model, "--task", "text-classification", "--engine", "fake:latency=" + latency,
              "--meter", "replay:trace.jsonl", "--warmup", "0", "--baseline", "2", "--repeats", "3",
              "--queries", "1000", "--store", "own.db"});
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
  static std::vector<EmissionsRow> Again(std::vector<EmissionsRow> rows) {
    for (EmissionsRow& row : rows) row.run += "-again";
    return rows;
  }

 protected:
  static std::unique_ptr<TempTree> tree_;
};
std::unique_ptr<TempTree> Report::tree_;

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

std::size_t LongestLine(const std::string& text) {
  std::size_t longest = 0;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  return longest;
}

/// Tags of an SVG or XML text that opens and closes each element in turn; empty when well-formed.
std::string Unbalanced(const std::string& xml) {
  std::vector<std::string> open;
  for (auto at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    if (xml[at + 1] == '?' || xml[at + 1] == '!') continue;
    const std::size_t end = xml.find('>', at);
    if (end == std::string::npos) return "a < without >";
    const bool closing = xml[at + 1] == '/';
    const std::size_t name_at = at + (closing ? 2 : 1);
    const std::string name = xml.substr(name_at, xml.find_first_of(" \n/>", name_at) - name_at);
    if (closing) {
      if (open.empty() || open.back() != name) return "</" + name + ">";
      open.pop_back();
    } else if (xml[end - 1] != '/') {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> never closed";
}

// --- own store: 50 W for 100 s and for 200 s ---

TEST_F(Report, JsonOfAnOwnStoreIsExact) {
  const Json json = JsonOf({"own.db"});
  EXPECT_EQ(json["schema"], "permille.report/1");
  ASSERT_EQ(json["cells"].size(), 2u);
  EXPECT_NEAR(json["cells"][0]["energy_kwh"]["mean"].get<double>(), 5000 / 3.6e6, 1e-12);
  EXPECT_NEAR(json["cells"][1]["energy_kwh"]["mean"].get<double>(), 10000 / 3.6e6, 1e-12);
  EXPECT_NEAR(json["cells"][0]["emissions_g"]["mean"].get<double>(), 5000 / 3.6e6 * 475, 1e-9);
  EXPECT_EQ(json["cells"][0]["n"], 3);
  EXPECT_NEAR(json["tables"]["2"][0]["energy_kwh"]["mean"].get<double>(), 7500 / 3.6e6, 1e-12);
  EXPECT_EQ(json["tables"]["6"][0]["models"].size(), 2u);
}
TEST_F(Report, TheTerminalShowsEveryCellOfASmallStore) {
  const std::string text = Text({"own.db"});
  for (const char* word : {"alpha", "beta", "1.389", "2.778", "measured", "475.0 g/kWh"})
    EXPECT_THAT(text, HasSubstr(word));
}
TEST_F(Report, MarkdownHasTablesAndTheMethods) {
  const std::string text = Text({"own.db", "--format", "md"});
  for (const char* word : {"### Methods", "### Table 2", "| task |", "|---|", "alpha", "beta"})
    EXPECT_THAT(text, HasSubstr(word));
}
TEST_F(Report, CsvIsATableOfTheSameNumbers) {
  const auto table = CsvTable::Parse(Text({"own.db", "--format", "csv"}), "csv");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows(), 2u);
  const auto kwh = table->Column("energy_kwh.mean");
  ASSERT_TRUE(kwh);
  EXPECT_NEAR(**table->Number(0, *kwh), 5000 / 3.6e6, 1e-12);
}
TEST_F(Report, SvgIsOneWellFormedFigure) {
  const std::string text = Text({"own.db", "--format", "svg", "--section", "figure-1"});
  EXPECT_THAT(text, StartsWith("<?xml"));
  EXPECT_EQ(Unbalanced(text), "");
  EXPECT_EQ(Count(text, "<svg "), 1u);
}
TEST_F(Report, HtmlIsOneFileThatLoadsNothing) {
  const std::string text = Text({"own.db", "--format", "html"});
  EXPECT_THAT(text, StartsWith("<!"));
  EXPECT_THAT(text, HasSubstr("</html>"));
  for (const char* loads :
       {"<script src", "<link rel=\"stylesheet\"", "@import", "<img src=\"http"})
    EXPECT_THAT(text, Not(HasSubstr(loads)));
  EXPECT_LT(text.size(), 1.5e6);  // the budget of the page
}

// --- imported logs ---

TEST_F(Report, EveryFormatShowsImportedLogs) {
  for (const char* format : {"term", "md", "csv", "json", "svg", "html"})
    EXPECT_THAT(Text({"imported.db", "--format", format}), HasSubstr("text-classification"))
        << format;
}
TEST_F(Report, AFolderOfLogsNeedsNoStore) {
  const Json folder = JsonOf({"logs"});
  const Json store = JsonOf({"imported.db"});
  EXPECT_EQ(folder["cells"], store["cells"]);
  EXPECT_EQ(folder["tables"], store["tables"]);
  EXPECT_FALSE(std::filesystem::exists(tree_->Path("permille.db")));
}
TEST_F(Report, RulesAreThoseAskedFor) {
  const auto grams = [](std::vector<std::string> more) {
    more.insert(more.begin(), "imported.db");
    return JsonOf(std::move(more))["cells"][0]["emissions_g"]["mean"].get<double>();
  };
  const double logged = grams({});
  EXPECT_NEAR(grams({"--pue", "2"}) / logged, 2, 1e-9);
  EXPECT_NEAR(grams({"--grid", "277.5"}) / logged, 2, 1e-6);  // logged at 138.75 g/kWh
  const auto kwh = [](const char* accounting) {
    return JsonOf({"imported.db", "--accounting", accounting, "--attribution",
                   "machine"})["cells"][0]["components_kwh"];
  };
  const Json logged_parts = kwh("codecarbon-2.3.1");
  const Json native_parts = kwh("native");
  EXPECT_EQ(logged_parts["gpu"], native_parts["gpu"]);
  EXPECT_EQ(logged_parts["cpu"], native_parts["cpu"]);
  EXPECT_NEAR(native_parts["ram"].get<double>(), 20 * 10 / 3.6e6, 1e-12);  // eight modules, 2.5 W
  EXPECT_NEAR(logged_parts["ram"].get<double>(), kEmissionsRamJ / 3.6e6, 1e-12);
}
TEST_F(Report, SectionsCanBeHadAlone) {
  for (const char* section : {"cells", "tables", "figures", "claims", "self-check", "totals",
                              "methods", "table-2", "figure-1", "table-2,totals"})
    EXPECT_FALSE(Text({"imported.db", "--section", section}).empty()) << section;
  const std::string claims = Text({"imported.db", "--section", "claims"});
  EXPECT_THAT(claims, HasSubstr("not in this store"));
  EXPECT_THAT(claims, Not(HasSubstr("Table 2")));
}
TEST_F(Report, AFolderHoldsAFileASection) {
  EXPECT_EQ(Text({"imported.db", "--format", "csv", "--out", "csv"}), "");
  EXPECT_EQ(Text({"imported.db", "--format", "svg", "--out", "svg", "--section", "figures"}), "");
  for (const char* file :
       {"csv/cells.csv", "csv/table-2.csv", "csv/claims.csv", "svg/figure-1.svg"})
    EXPECT_TRUE(std::filesystem::exists(tree_->Path(file))) << file;
  EXPECT_EQ(Text({"imported.db", "--format", "csv", "--section", "table-2", "--out", "two.csv"}),
            "");
  EXPECT_EQ(*ReadFile(tree_->Path("two.csv")), *ReadFile(tree_->Path("csv/table-2.csv")));
}

// --- names that mean harm ---

TEST_F(Report, HostileNamesStayOnOneLineOfTheTerminal) {
  for (const char* section : {"", "cells", "tables", "methods", "figures"}) {
    std::vector<std::string> arguments = {"hostile.db"};
    if (*section != '\0') arguments.insert(arguments.end(), {"--section", section});
    const std::string text = Text(arguments);
    EXPECT_FALSE(text.empty()) << section;
    for (const char* harm : {"\x1B", "\x07", "\r", "two\nlines", "\xE2\x80\xAE", "\xFF"})
      EXPECT_THAT(text, Not(HasSubstr(harm))) << section;
    EXPECT_LT(LongestLine(text), 3000u) << section;
  }
  EXPECT_THAT(Text({"hostile.db"}), HasSubstr("<script>alert(1)</script>"));  // harmless here
}
TEST_F(Report, HostileNamesInMarkdownAreText) {
  const std::string text = Text({"hostile.db", "--format", "md", "--section", "tables,cells"});
  for (const char* harm : {"<script", "</script", "\x1B", "two\nlines", "a|b"})
    EXPECT_THAT(text, Not(HasSubstr(harm)));
  EXPECT_THAT(text, HasSubstr("&lt;script"));
}
TEST_F(Report, HostileNamesInCsvAreCellsThatNobodyRuns) {
  const std::string text = Text({"hostile.db", "--format", "csv"});
  const auto table = CsvTable::Parse(text, "csv");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows(), kHostile.size());
  const auto model = table->Column("model");
  ASSERT_TRUE(model);
  for (std::size_t row = 0; row < table->rows(); ++row) {
    const std::string& cell = table->At(row, *model);
    EXPECT_EQ(std::string("=+-@").find(cell[0]), std::string::npos) << cell.substr(0, 20);
  }
}
TEST_F(Report, HostileNamesInSvgAreEscaped) {
  for (const char* section : {"figure-1", "figure-2"}) {
    const std::string text = Text({"hostile.db", "--format", "svg", "--section", section});
    EXPECT_EQ(Unbalanced(text), "") << section;
    for (const char* harm : {"<script", "\x1B", "\xFF", "\x07"})
      EXPECT_THAT(text, Not(HasSubstr(harm))) << section;
  }
}
TEST_F(Report, HostileNamesInJsonAreTheNames) {
  std::vector<std::string> names;
  const Json json = JsonOf({"hostile.db"});
  for (const Json& cell : json["cells"]) names.push_back(cell["model"]);
  ASSERT_EQ(names.size(), kHostile.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool utf8 = kHostile[i].find('\xFF') == std::string::npos;
    if (utf8) {
      EXPECT_EQ(names[i], kHostile[i]);
    }
  }
}
TEST_F(Report, HostileNamesDoNotLeaveThePagesData) {
  const std::string plain = Text({"own.db", "--format", "html"});
  const std::string text = Text({"hostile.db", "--format", "html"});
  EXPECT_EQ(Count(text, "<script"), Count(plain, "<script") + Count(text, "<script>alert"));
  EXPECT_EQ(Count(text, "</script"), Count(plain, "</script"));
}

TEST_F(Report, HostileNamesInMessagesStayOnOneLineEach) {
  const Ran ran = Call({"report", "hostile.db", "--attribution", "marginal"});
  EXPECT_EQ(ran.code, 1);
  tree_->AddFile("odd/text_classif_sst2.csv",
                 Totals(Together(Repeats("\x1B[31mred\nname", {1000}),
                                 Repeats(std::string(10000, 'x'), {1000}, 5))));
  auto loaded = Repeats("loaded", {2000}, 9)[0];
  auto load = loaded;
  load.task = "load model";
  auto query = loaded;
  query.task = "query model";
  tree_->AddFile("odd/text_classif_imdb.csv", Totals({loaded}));
  tree_->AddFile("odd/emissions_base_1.csv", Tasks({load, query}));
  const Ran left_out = Call({"report", "odd", "--attribution", "marginal"});
  EXPECT_EQ(left_out.code, 3);
  EXPECT_EQ(Count(left_out.err, "\n"), 2u) << left_out.err.substr(0, 200);
  for (const std::string& text : {ran.err, left_out.err}) {
    EXPECT_THAT(text, Not(HasSubstr("\x1B")));
    EXPECT_LT(LongestLine(text), 2500u);
  }
}

// --- what is refused ---

TEST_F(Report, AMistypedSectionIsNamedWhateverTheFormat) {
  for (const char* format : {"term", "md", "csv", "json", "svg", "html"})
    ExpectFailure(*tree_, {"report", "own.db", "--format", format, "--section", "clams"}, 1,
                  {"'clams'", "did you mean 'claims'"});
}
TEST_F(Report, SeveralFilesNeedAFolder) {
  ExpectFailure(*tree_, {"report", "own.db", "--format", "csv", "--section", "tables"}, 1,
                {"tables", "--out"});
  ExpectFailure(*tree_, {"report", "own.db", "--format", "svg", "--section", "tables"}, 1,
                {"tables", "svg"});
}
TEST_F(Report, AnUnwritablePlaceIsNamed) {
  for (const char* format : {"term", "md", "csv", "json", "html"})
    ExpectFailure(
        *tree_,
        {"report", "own.db", "--format", format, "--section", "cells", "--out", "no/such/place"}, 1,
        {"no/such/place"});
  tree_->AddFile("a-file", "");
  ExpectFailure(*tree_, {"report", "own.db", "--format", "csv", "--out", "a-file"}, 1, {"a-file"});
}
TEST_F(Report, TheStoreIsNotOverwritten) {
  const std::string before = *ReadFile(tree_->Path("imported.db"));
  ExpectFailure(*tree_, {"report", "imported.db", "--format", "md", "--out", "./imported.db"}, 1,
                {"--out", "imported.db", "the store itself"});
  EXPECT_EQ(*ReadFile(tree_->Path("imported.db")), before);
}
TEST_F(Report, WhatIsNotThereOrMistypedIsNamed) {
  ExpectFailure(*tree_, {"report", "none.db"}, 1, {"none.db"});
  ExpectFailure(*tree_, {"report", "own.db", "--format", "pdf"}, 1, {"pdf", "html"});
  ExpectFailure(*tree_, {"report", "own.db", "--formt", "md"}, 2, {"--formt", "--format"});
  ExpectFailure(*tree_, {"report", "own.db", "--attribution", "devices"}, 1, {"devices", "device"});
  ExpectFailure(*tree_, {"report", "own.db", "--grid", "atlantis"}, 1, {"atlantis"});
  ExpectFailure(*tree_, {"report", "own.db", "--pue", "0.9"}, 1, {"0.9"});
  tree_->AddFolder("empty");
  ExpectFailure(*tree_, {"report", "empty"}, 1, {"empty"});
}
TEST_F(Report, HardwareThatMakesNoSenseIsNamed) {
  const auto fails = [](std::vector<std::string> more, std::initializer_list<const char*> words) {
    more.insert(more.begin(), {"report", "own.db"});
    ExpectFailure(*tree_, more, 1, words);
  };
  fails({"--embodied", "toaster"}, {"--embodied", "toaster", "NVIDIA A100"});
  fails({"--embodied", "100"}, {"--embodied", "--lifetime"});
  fails({"--embodied", "100", "--lifetime", "0"}, {"--lifetime: 0"});
  fails({"--embodied", "100", "--lifetime", "nan"}, {"--lifetime", "nan"});
  fails({"--embodied", "100", "--lifetime", "4", "--utilisation", "2"}, {"utilisation 2"});
  fails({"--lifetime", "4"}, {"--lifetime", "--embodied"});
  fails({"--wue", "-1"}, {"-1"});
}
// 100 kg over four years at half use: 100,000 g / (4 x 365 x 86,400 s x 0.5) for 100 s.
TEST_F(Report, EmbodiedGramsAreAShareOfALife) {
  const auto table =
      CsvTable::Parse(Text({"own.db", "--format", "csv", "--section", "footprint", "--embodied",
                            "100", "--lifetime", "4", "--utilisation", "0.5"}),
                      "csv");
  ASSERT_TRUE(table) << table.error().message;
  const auto grams = table->Column("embodied_g");
  ASSERT_TRUE(grams);
  const double life = 4 * 365.0 * 86400 * 0.5;
  EXPECT_NEAR(**table->Number(0, *grams), 100'000 * 100 / life, 1e-9);
}
TEST_F(Report, AFolderWithoutTotalsAsksForThem) {
  auto rows = Repeats("a", {1000});
  rows[0].task = "query model";
  tree_->AddFile("tasks-alone/emissions_base_1.csv", Tasks(rows));
  const Ran ran = Call({"report", "tasks-alone"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("import the totals too"));
}
TEST_F(Report, RowsThatCannotBeReadAreToldOf) {
  tree_->AddFile("broken/text_classif_sst2.csv", Totals(Repeats("a", {1000, 1010})) + "half");
  const Ran ran = Call({"report", "broken"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("could not be read"));
}

TEST_F(Report, ACellWithoutABaselineIsLeftOutByNameAndTheRestShown) {
  auto rows = Repeats("bare", {1000, 1010});
  auto tasked = Repeats("with-load", {3000}, 5)[0];
  auto load = tasked;
  load.task = "load model";
  load.gpu_j = 500;
  auto query = tasked;
  query.task = "query model";
  query.gpu_j = 2500;
  tree_->AddFile("mixed/text_classif_sst2.csv", Totals(Together(rows, {tasked})));
  tree_->AddFile("mixed/emissions_base_1.csv", Tasks({load, query}));
  const Ran ran = Call({"report", "mixed", "--attribution", "marginal", "--json"});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("left out: bare on sst2"));
  EXPECT_THAT(ran.err, HasSubstr("no load phase"));
  const Json json = ran.json();
  ASSERT_EQ(json["cells"].size(), 1u);
  EXPECT_EQ(json["cells"][0]["model"], "with-load");
  ExpectFailure(*tree_, {"report", "imported.db", "--attribution", "marginal"}, 1,
                {"no load phase"});
}

TEST_F(Report, TheStudysLogsInOneCommand) {
  const std::string logs = Shared("paper/logs");
  if (logs.empty()) GTEST_SKIP() << "the study's logs are not here: ../shared/paper/logs";
  const std::string text = Text({logs, "--section", "tables,claims"});
  for (int table = 1; table <= 7; ++table)
    EXPECT_THAT(text, HasSubstr(fmt::format("Table {}:", table)));
  EXPECT_THAT(text, HasSubstr("Claims"));
}

}  // namespace
}  // namespace permille
