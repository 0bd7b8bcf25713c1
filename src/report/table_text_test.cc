// SPDX-License-Identifier: Apache-2.0
#include "report/table_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/csv.h"
#include "base/json.h"

namespace permille {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

DataTable Energies() {
  DataTable table{"table-2", "Table 2: energy by task", "Per 1,000 queries.", {}, {}};
  table.columns = {PlainColumn("task"),
                   {{"energy_kwh", "mean"}, "energy, kWh"},
                   {{"energy_kwh", "min"}, {}},
                   {{"energy_kwh", "expanded"}, {}},
                   PlainColumn("n")};
  table.rows = {{std::string("fill-mask"), 0.0028156, 0.001736, Interval{0.0025, 0.0031}, 240.0},
                {std::string("text-to-image"), 2.9071, {}, {}, 220.0}};
  return table;
}

DataTable OneCell(DataValue value, std::string key = "value") {
  return {"t", "", "", {PlainColumn(std::move(key))}, {{std::move(value)}}};
}

std::string CsvOf(DataValue value) {
  const std::string text = TableCsv(OneCell(std::move(value)));
  return text.substr(text.find('\n') + 1);
}

struct Printed {
  double value;
  const char* text;
};

TEST(ShortNumber, FourSignificantDigitsAndWholeNumbersWhole) {
  for (const Printed& row :
       {Printed{0, "0"}, Printed{240, "240"}, Printed{-3, "-3"}, Printed{559214592, "559214592"},
        Printed{0.0028156, "0.002816"}, Printed{2.9071, "2.907"}, Printed{1594.28, "1594"},
        Printed{123456.7, "123457"}, Printed{9.99996, "10.00"}, Printed{0.99999, "1.000"},
        Printed{-0.5, "-0.5000"}, Printed{3.25e-9, "3.250e-09"}, Printed{kNan, "-"},
        Printed{kInfinity, "-"}, Printed{1e300, "1.000e+300"}})
    EXPECT_EQ(ShortNumber(row.value), row.text);
}

TEST(TableTerm, TitleColumnsAndCaption) {
  EXPECT_EQ(TableTerm(Energies()),
            "Table 2: energy by task\n"
            "task           energy, kWh  energy_kwh.min   energy_kwh.expanded    n\n"
            "fill-mask         0.002816        0.001736  0.002500 to 0.003100  240\n"
            "text-to-image        2.907               -                     -  220\n"
            "Per 1,000 queries.\n");
}

TEST(TableTerm, NarrowTerminalLosesExtremesFirstAndSaysSo) {
  const std::string text = TableTerm(Energies(), 60);
  EXPECT_THAT(text, HasSubstr("energy_kwh.expanded    n\n"));
  EXPECT_THAT(text, HasSubstr("not shown for want of width: energy_kwh.min (--format csv"));
  const std::string narrow = TableTerm(Energies(), 40);
  EXPECT_THAT(narrow, HasSubstr("task           energy, kWh    n\n"));
  EXPECT_THAT(narrow, HasSubstr("energy_kwh.min, energy_kwh.expanded"));
  EXPECT_THAT(TableTerm(Energies(), 1), HasSubstr("fill-mask\n"));
}

TEST(TableTerm, LongNamesAreCutBeforeColumnsAreLeftOut) {
  DataTable table{"t", "", "", {PlainColumn("model"), PlainColumn("kwh")}, {}};
  table.rows = {{std::string(50, 'm'), 0.25}};
  EXPECT_THAT(TableTerm(table, 50), StartsWith("model"));
  EXPECT_THAT(TableTerm(table, 50), EndsWith(std::string(35, 'm') + "…  0.2500\n"));
  EXPECT_THAT(TableTerm(table, 60), HasSubstr(std::string(50, 'm')));
}

TEST(TableTerm, HostileNamesStayOnTheirLineAndAreCut) {
  const std::string text = TableTerm(OneCell("\x1B[2J" + std::string(10000, 'x') + "\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1B")));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_LT(text.size(), 100U);
}

TEST(TableTerm, TableWithoutRowsSaysSo) {
  DataTable table = Energies();
  table.rows.clear();
  EXPECT_EQ(TableTerm(table), "Table 2: energy by task\n(no rows)\nPer 1,000 queries.\n");
}

TEST(TableTerm, ListsTruthAndShortRows) {
  DataTable table{"t", "", "", {PlainColumn("a"), PlainColumn("b"), PlainColumn("c")}, {}};
  table.rows = {{std::vector<std::string>{"x", "y"}, true}};
  EXPECT_EQ(TableTerm(table), "a     b    c\nx; y  yes  -\n");
}

TEST(TableMarkdown, NumbersAreRightAligned) {
  EXPECT_EQ(TableMarkdown(Energies()),
            "### Table 2: energy by task\n\n"
            "| task | energy, kWh | energy_kwh.min | energy_kwh.expanded | n |\n"
            "|---|---:|---:|---:|---:|\n"
            "| fill-mask | 0.002816 | 0.001736 | 0.002500 to 0.003100 | 240 |\n"
            "| text-to-image | 2.907 | - | - | 220 |\n"
            "\nPer 1,000 queries.\n");
}

TEST(TableMarkdown, MarkupInNamesIsShownAsText) {
  const auto cell = [](const char* name) {
    const std::string text = TableMarkdown(OneCell(std::string(name)));
    return text.substr(text.find("|---|\n") + 6);
  };
  EXPECT_EQ(cell("a|b"), "| a\\|b |\n");
  EXPECT_EQ(cell("<script>x</script>"), "| &lt;script>x&lt;/script> |\n");
  EXPECT_EQ(cell("bert_base_x"), "| bert_base_x |\n");
  EXPECT_EQ(cell("_em_ *b* `c` [l](u)"), "| \\_em\\_ \\*b\\* \\`c\\` \\[l\\](u) |\n");
  EXPECT_EQ(cell("two\nlines"), "| two lines |\n");
}

TEST(TableCsv, IntervalsAreTwoColumnsAndUnknownIsEmpty) {
  EXPECT_EQ(TableCsv(Energies()),
            "task,energy_kwh.mean,energy_kwh.min,energy_kwh.expanded.low,"
            "energy_kwh.expanded.high,n\n"
            "fill-mask,0.0028156,0.001736,0.0025,0.0031,240\n"
            "text-to-image,2.9071,,,,220\n");
}

TEST(TableCsv, HeaderDoesNotDependOnHowFullTheTableIs) {
  DataTable table = Energies();
  const std::string full = TableCsv(table);
  table.rows.resize(0);
  EXPECT_EQ(TableCsv(table), full.substr(0, full.find('\n') + 1));
}

TEST(TableCsv, NumbersReadBackExactly) {
  for (const double value : {0.1, 1.0 / 3, 2.77778e-7, 6.02214076e23, -0.0, 5e-324, 1e15 + 0.3}) {
    std::string cell = CsvOf(value);
    cell.pop_back();
    EXPECT_EQ(ParseNumber(cell), value) << cell;
  }
  EXPECT_EQ(CsvOf(kNan), "\n");
  EXPECT_EQ(CsvOf(-kInfinity), "\n");
}

TEST(TableCsv, TextsThatASpreadsheetWouldRunAreQuoted) {
  EXPECT_EQ(CsvOf(std::string("=HYPERLINK(\"http://x\",\"y\")")),
            "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\n");
  for (const char* text : {"+1", "-1", "@SUM(A1)", "\tx"})
    EXPECT_THAT(CsvOf(std::string(text)), testing::MatchesRegex("\"?'(.|\n|\t)*")) << text;
  EXPECT_EQ(CsvOf(-1.5), "-1.5\n") << "a negative number is no formula";
  EXPECT_EQ(CsvOf(std::vector<std::string>{"=a", "b"}), "'=a; b\n");
}

TEST(TableCsv, ReadsBackAsTheSameCells) {
  DataTable table{"t", "", "", {PlainColumn("a"), PlainColumn("b,c")}, {}};
  table.rows = {{std::string("quote \" comma , break \n end"), true}};
  const auto read = CsvTable::Parse(TableCsv(table), "test");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->columns()[1], "b,c");
  EXPECT_EQ(read->At(0, 0), "quote \" comma , break \n end");
  EXPECT_EQ(read->At(0, 1), "true");
}

TEST(TableRowsJson, NestsByPath) {
  EXPECT_EQ(TableRowsJson(Energies()),
            R"([{"task":"fill-mask","energy_kwh":{"mean":0.0028156,"min":0.001736,)"
            R"("expanded":[0.0025,0.0031]},"n":240},)"
            R"({"task":"text-to-image","energy_kwh":{"mean":2.9071,"min":null,"expanded":null},)"
            R"("n":220}])");
}

TEST(TableRowsJson, EveryKindOfValue) {
  EXPECT_EQ(TableRowsJson(OneCell(kNan)), R"([{"value":null}])");
  EXPECT_EQ(TableRowsJson(OneCell(Interval{-kInfinity, 2})), R"([{"value":[null,2]}])");
  EXPECT_EQ(TableRowsJson(OneCell(false)), R"([{"value":false}])");
  EXPECT_EQ(TableRowsJson(OneCell(std::vector<std::string>{})), R"([{"value":[]}])");
  EXPECT_EQ(TableRowsJson(OneCell(std::string("</script>\xFF"))),
            "[{\"value\":\"</script>\xEF\xBF\xBD\"}]");
  EXPECT_EQ(TableRowsJson({"t", "", "", {}, {}}), "[]");
}

TEST(TableRowsJson, PathThroughAPlainValueKeepsBoth) {
  DataTable table{"t", "", "", {PlainColumn("a"), {{"a", "b"}, {}}}, {{1.5, 2.5}}};
  EXPECT_EQ(TableRowsJson(table), R"([{"a":1.5,"a.b":2.5}])");
}

TEST(TableRowsJson, DoublesReadBackExactly) {
  const auto json = ParseJson(TableRowsJson(OneCell(0.1 + 0.2)), "test");
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)[0]["value"].get<double>(), 0.1 + 0.2);
}

}  // namespace
}  // namespace permille
