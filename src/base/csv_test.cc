// SPDX-License-Identifier: Apache-2.0
#include "base/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr CsvOptions kTsv{.separator = '\t', .quotes = false};

/// A table as text with visible borders: one row a line, cells between bars.
std::string Show(std::string_view text, CsvOptions options = {}) {
  const auto table = CsvTable::Parse(text, "a.csv", options);
  if (!table) return table.error().message;
  std::string shown;
  for (const auto& name : table->columns()) shown += name + "|";
  for (std::size_t row = 0; row < table->rows(); ++row) {
    shown += '\n';
    for (std::size_t column = 0; column < table->columns().size(); ++column)
      shown += table->At(row, column) + "|";
  }
  return shown;
}

// RFC 4180, section 2, rules 1 to 7, with its own examples.
TEST(Csv, Rfc4180LinesEndWithCrLf) {
  EXPECT_EQ(Show("h,i,j\r\naaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), "h|i|j|\naaa|bbb|ccc|\nzzz|yyy|xxx|");
}
TEST(Csv, Rfc4180LastLineNeedsNoEnd) {
  EXPECT_EQ(Show("h,i,j\r\nzzz,yyy,xxx"), "h|i|j|\nzzz|yyy|xxx|");
}
TEST(Csv, Rfc4180SpacesArePartOfACell) {
  EXPECT_EQ(Show("h,i\n a ,  "), "h|i|\n a |  |");
}
TEST(Csv, Rfc4180QuotedCells) {
  EXPECT_EQ(Show("h,i,j\r\n\"aaa\",\"bbb\",ccc\r\n"), "h|i|j|\naaa|bbb|ccc|");
}
TEST(Csv, Rfc4180QuotedLineBreaksAndCommas) {
  EXPECT_EQ(Show("h,i,j\r\n\"aaa\",\"b \r\nbb,\",\"ccc\"\r\nzzz,yyy,xxx"),
            "h|i|j|\naaa|b \r\nbb,|ccc|\nzzz|yyy|xxx|");
}
TEST(Csv, Rfc4180DoubledQuotes) {
  EXPECT_EQ(Show("h,i,j\n\"aaa\",\"b\"\"bb\",\"\"\"\"\n"), "h|i|j|\naaa|b\"bb|\"|");
}

TEST(Csv, AcceptsLfAndMixedLineEnds) {
  EXPECT_EQ(Show("h,i\na,b\r\nc,d\n"), "h|i|\na|b|\nc|d|");
}
TEST(Csv, DropsAByteOrderMark) {
  EXPECT_EQ(Show("\xEF\xBB\xBFh,i\na,b"), "h|i|\na|b|");
}
TEST(Csv, DropsAByteOrderMarkBeforeAQuote) {
  EXPECT_EQ(Show("\xEF\xBB\xBF\"h\",i\na,b"), "h|i|\na|b|");
}
TEST(Csv, KeepsEmptyCells) {
  EXPECT_EQ(Show("h,i,j\n,,\n\"\",x,\n"), "h|i|j|\n|||\n|x||");
}
TEST(Csv, KeepsAQuoteInsideAnUnquotedCell) {
  EXPECT_EQ(Show("h,i\n5\" disk,a\"\"b\n"), "h|i|\n5\" disk|a\"\"b|");
}
TEST(Csv, KeepsALoneCarriageReturn) {
  EXPECT_EQ(Show("h,i\na\rb,c\n"), "h|i|\na\rb|c|");
}
TEST(Csv, KeepsNulBytes) {
  EXPECT_EQ(Show(std::string_view("h,i\na\0b,c\n", 10)), std::string("h|i|\na\0b|c|", 11));
}
TEST(Csv, SkipsBlankLinesOfAWideTable) {
  EXPECT_EQ(Show("\n\nh,i\n\na,b\r\n\r\n\n"), "h|i|\na|b|");
}
TEST(Csv, BlankLineOfOneColumnIsAnEmptyCell) {
  EXPECT_EQ(Show("h\na\n\nb\n"), "h|\na|\n|\nb|");
}
TEST(Csv, HeaderAloneIsATableWithoutRows) {
  EXPECT_EQ(Show("h,i\n"), "h|i|");
}
TEST(Csv, WithoutAHeaderColumnsAreNumbered) {
  EXPECT_EQ(Show("a,b\nc,d", {.header = false}), "0|1|\na|b|\nc|d|");
}
TEST(Csv, WithoutAHeaderNothingIsAnEmptyTable) {
  EXPECT_EQ(Show("", {.header = false}), "");
}
TEST(Csv, TsvTakesBareQuotesAsText) {
  EXPECT_EQ(Show("s\tl\n\"so good\t1\na \"b\" c,\t0\n\"\t\"\n", kTsv),
            "s|l|\n\"so good|1|\na \"b\" c,|0|\n\"|\"|");
}
TEST(Csv, OtherSeparators) {
  EXPECT_EQ(Show("a;b\n1,5;\"x;y\"\n", {.separator = ';'}), "a|b|\n1,5|x;y|");
}

TEST(Csv, EmptyTextNeedsAHeader) {
  EXPECT_EQ(Show(""), "a.csv: empty; the first line must name the columns");
  EXPECT_EQ(Show("\xEF\xBB\xBF"), "a.csv: empty; the first line must name the columns");
}
TEST(Csv, RaggedRowsNameTheirLine) {
  EXPECT_EQ(Show("h,i\na,b\nc\n"), "a.csv:3: 1 cells, expected 2 (columns: h, i)");
  EXPECT_EQ(Show("h,i\n\"a\nb\",c\nd,e,f\n"), "a.csv:4: 3 cells, expected 2 (columns: h, i)");
}
TEST(Csv, QuoteWithoutAnEndNamesWhereItStarts) {
  EXPECT_EQ(Show("h,i\na,b\n\"c,d\ne,f\n"), "a.csv:3: a quoted cell that starts here never ends");
}
TEST(Csv, TextAfterAClosingQuoteIsAnError) {
  EXPECT_THAT(Show("h,i\n\"a\"b,c\n"), HasSubstr("a.csv:2: text after a closing quote"));
}
TEST(Csv, Utf16IsNamed) {
  EXPECT_EQ(Show(std::string_view("\xFF\xFEh\0", 4)), "a.csv: is UTF-16; convert it to UTF-8");
}

TEST(Csv, ColumnsAreFoundByName) {
  const auto table = CsvTable::Parse("text,label,text\n", "a.csv").value();
  EXPECT_EQ(table.Column("label"), 1u);
  EXPECT_EQ(table.Column("Label"), std::nullopt);
  EXPECT_EQ(table.RequireColumn("label").value(), 1u);
  EXPECT_EQ(table.RequireColumn("score").error().message,
            "a.csv: no column \"score\" (columns: text, label, text)");
  EXPECT_EQ(table.RequireColumn("text").error().message,
            "a.csv: column \"text\" appears more than once; rename one");
}

TEST(Csv, NumbersAreReadAndEmptyOnesAbsent) {
  const auto table =
      CsvTable::Parse("n\n3.8E-05\n\"\"\n3,8\n", "a.csv", {.separator = ';'}).value();
  EXPECT_EQ(table.Number(0, 0).value(), 3.8e-05);
  EXPECT_EQ(table.Number(1, 0).value(), std::nullopt);
  EXPECT_EQ(table.Number(2, 0).error().message,
            "a.csv:4: column \"n\": \"3,8\" is not a number (write 1234.5)");
}

TEST(Csv, RowsKnowTheirLines) {
  const auto table = CsvTable::Parse("h,i\n\"a\n\nb\",c\n\nd,e\n", "a.csv").value();
  EXPECT_EQ(table.line(0), 2u);
  EXPECT_EQ(table.line(1), 6u);
}

TEST(Csv, MissingFileIsNotFound) {
  EXPECT_EQ(CsvTable::Read("/nonexistent.csv").error().code, ErrorCode::kNotFound);
}

TEST(Csv, EveryCellSurvivesWritingAndReading) {
  const std::vector<std::string> cells = {
      "plain",        "",        "a,b", "\"",        "line\nbreak",
      "\r\n",         " space ", "\t",  "x\"y\"\"z", std::string("nul\0byte", 8),
      "\xEF\xBB\xBF", "é"};
  for (const char separator : {',', '\t', ';'}) {
    std::string text = "h" + std::string(1, separator) + "i\n";
    for (const auto& a : cells) {
      for (const auto& b : cells)
        text += CsvCell(a, separator) + separator + CsvCell(b, separator) + "\n";
    }
    const auto table = CsvTable::Parse(text, "a.csv", {.separator = separator}).value();
    ASSERT_EQ(table.rows(), cells.size() * cells.size());
    for (std::size_t i = 0; i < table.rows(); ++i) {
      EXPECT_EQ(table.At(i, 0), cells[i / cells.size()]);
      EXPECT_EQ(table.At(i, 1), cells[i % cells.size()]);
    }
  }
}

TEST(Csv, RowsThatCannotBeReadAreNamedAndLeftOutWhereAsked) {
  std::vector<std::string> left_out;
  CsvOptions options;
  options.left_out = &left_out;
  const auto table = CsvTable::Parse("a,b\n1,2\n3\n\"x\"y,4\n5,6\n7,\"half", "f.csv", options);
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows(), 2u);
  EXPECT_EQ(table->At(1, 1), "6");
  EXPECT_EQ(table->line(1), 5u);
  ASSERT_EQ(left_out.size(), 3u);
  EXPECT_EQ(left_out[0], "f.csv:3: 1 cells, expected 2");
  EXPECT_THAT(left_out[1], testing::HasSubstr("f.csv:4: text after a closing quote"));
  EXPECT_THAT(left_out[2],
              testing::HasSubstr("f.csv:6: a quoted cell that starts here never ends"));
}

TEST(ParseNumber, AcceptsFiniteNumbersInCNotation) {
  EXPECT_EQ(ParseNumber("0"), 0.0);
  EXPECT_EQ(ParseNumber("-1.5"), -1.5);
  EXPECT_EQ(ParseNumber("+1.5"), 1.5);
  EXPECT_EQ(ParseNumber(".5"), 0.5);
  EXPECT_EQ(ParseNumber("5."), 5.0);
  EXPECT_EQ(ParseNumber("3.8E-05"), 3.8e-05);
  EXPECT_EQ(ParseNumber("4.9e-324"), 4.9e-324);
}

TEST(ParseNumber, RefusesEverythingElse) {
  for (const char* text : {"", " 1", "1 ", "3,8", "1e999", "inf", "nan", "NaN", "0x10", "1.2.3",
                           "--1", "+-1", "+", "-", "e5", "1_000", "12abc", "+nan"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace permille
