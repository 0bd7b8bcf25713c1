// SPDX-License-Identifier: Apache-2.0
#include "report/svg_figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <regex>

namespace permille {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

DataTable Table(std::string id, std::vector<std::string> names,
                std::vector<std::vector<DataValue>> rows) {
  DataTable table{std::move(id), "Figure", "Per 1,000 queries.", {}, std::move(rows)};
  for (const std::string& name : names) {
    DataColumn column;
    for (std::size_t at = 0; at != std::string::npos;) {
      const std::size_t dot = name.find('.', at);
      column.path.push_back(name.substr(at, dot - at));
      at = dot == std::string::npos ? dot : dot + 1;
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

DataTable ByTask() {
  return Table("figure-1",
               {"task", "modality", "emissions_g.mean", "emissions_g.min", "emissions_g.max",
                "emissions_g.expanded"},
               {{std::string("fill-mask"), std::string("text-to-text"), 0.4688, 0.24, 0.81,
                 Interval{0.41, 0.52}},
                {std::string("text-to-image"), std::string("text-to-image"), 358.8, 104.0, 1594.0,
                 Interval{300, 418}}});
}

DataTable Scatter(std::vector<std::vector<DataValue>> rows) {
  return Table("figure-2", {"model", "modality", "parameters", "emissions_g.mean"},
               std::move(rows));
}

std::size_t Count(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

// Marks tell what they are when hovered; grid lines and the key do not.
std::size_t Marks(const std::string& svg) {
  return Count(svg, "<title>");
}

// Every tag closed in its order, no bare & or <: what an XML parser insists on.
bool WellFormed(const std::string& svg) {
  static const std::regex piece(R"(<\?xml[^<>]*\?>|<(/?)([a-zA-Z]+))"
                                R"(((?: [a-zA-Z-]+="[^"<&]*(?:&[a-z#0-9]+;[^"<&]*)*")*)\s*(/?)>)");
  std::vector<std::string> open;
  std::size_t at = 0;
  for (std::sregex_iterator i(svg.begin(), svg.end(), piece), end; i != end; ++i) {
    const auto begin = static_cast<std::size_t>(i->position());
    const std::string between = svg.substr(at, begin - at);
    if (between.find('<') != std::string::npos) return false;
    if (Count(between, "&") !=
        Count(std::regex_replace(between, std::regex("&(amp|lt|gt|quot|#39);"), "\x01"), "\x01"))
      return false;
    at = begin + static_cast<std::size_t>(i->length());
    const std::string name = (*i)[2];
    if (name.empty() || !(*i)[4].str().empty()) continue;
    if ((*i)[1].str().empty()) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty() && svg.substr(at) == "\n";
}

double SmallestFont(const std::string& svg) {
  static const std::regex font("font-size=\"([0-9.]+)\"");
  double smallest = 1000;
  for (std::sregex_iterator i(svg.begin(), svg.end(), font), end; i != end; ++i)
    smallest = std::min(smallest, std::stod((*i)[1]));
  return smallest;
}

TEST(FigureSvg, IsAPageFor180MillimetresWithLegibleText) {
  const std::string svg = FigureSvg(ByTask());
  EXPECT_THAT(svg, HasSubstr("width=\"180mm\""));
  EXPECT_THAT(svg, HasSubstr("viewBox=\"0 0 680 "));
  EXPECT_GE(SmallestFont(svg), 9);
  EXPECT_TRUE(WellFormed(svg)) << svg;
}

TEST(FigureSvg, TasksCarryNameValueIntervalAndUnit) {
  const std::string svg = FigureSvg(ByTask());
  EXPECT_EQ(Marks(svg), 2U);
  for (const char* text :
       {">fill-mask<", ">358.8<", "emissions, g CO₂e per 1,000 queries (logarithmic)",
        "text-to-image, text-to-image: 358.8 g CO₂e (300 to 418)", "Per 1,000 queries.",
        "Bars: expanded interval of the mean (k = 2).", "Bands: lowest to highest run."})
    EXPECT_THAT(svg, HasSubstr(text));
  EXPECT_THAT(svg, HasSubstr(">100<")) << "a decade is labelled";
}

TEST(FigureSvg, IntervalBesideAPlainQuantityIsDrawn) {
  const std::string name = "m";
  const std::string svg =
      FigureSvg(Table("figure-2", {"model", "parameters", "emissions_g", "emissions_expanded_g"},
                      {{name, 1e8, 0.5, Interval{0.4, 0.6}}}));
  EXPECT_THAT(svg, HasSubstr("(0.4000 to 0.6000)"));
  EXPECT_THAT(svg, HasSubstr("Bars: expanded interval of the mean (k = 2)."));
}

TEST(FigureSvg, SeriesDifferInColourAndShape) {
  const std::string svg = FigureSvg(ByTask());
  EXPECT_THAT(svg, HasSubstr("fill=\"#d55e00\""));  // text-to-text, whatever else there is
  EXPECT_THAT(svg, HasSubstr("fill=\"#e69f00\""));
  EXPECT_THAT(svg, Not(HasSubstr("#f0e442"))) << "yellow is lost on white";
}

TEST(FigureSvg, WhatALogarithmCannotShowIsCounted) {
  const std::string text = "m";
  const std::string svg = FigureSvg(Scatter({{text, text, 1e8, 0.5},
                                             {text, text, 1e8, 0.0},
                                             {text, text, 1e8, -1.0},
                                             {text, text, {}, 0.5},
                                             {text, text, 1e8, kNan}}));
  EXPECT_EQ(Marks(svg), 1U);
  EXPECT_THAT(svg, HasSubstr("2 values not known and left out."));
  EXPECT_THAT(svg, HasSubstr("2 values of zero or below left out"));
}

TEST(FigureSvg, BarThatReachesZeroIsCutAndCounted) {
  DataTable table = ByTask();
  table.rows[0][5] = Interval{-0.2, 0.9};
  EXPECT_THAT(FigureSvg(table), HasSubstr("1 bar is cut at the edge of the axis."));
}

TEST(FigureSvg, HostileNamesAreTextAndCut) {
  DataTable table = ByTask();
  table.title = "</title><script>alert(1)</script>";
  table.rows[0][0] = std::string("<script>alert('x')</script>");
  table.rows[1][0] = std::string(10000, 'x');
  table.rows[1][1] = std::string("\"><image href=\x01\xFF&#0;");
  const std::string svg = FigureSvg(table);
  EXPECT_TRUE(WellFormed(svg));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr(std::string(301, 'x'))));
  EXPECT_LT(svg.size(), 20000U);
}

TEST(FigureSvg, DatasetsStandInRowsUnderTheirTask) {
  const auto row = [](const char* task, const char* dataset, const char* purpose,
                      const char* model_class, double parameters, double grams) {
    return std::vector<DataValue>{std::string(task),
                                  std::string(dataset),
                                  std::string("m"),
                                  std::string(purpose),
                                  std::string(model_class),
                                  parameters,
                                  grams};
  };
  const std::string svg = FigureSvg(Table(
      "figure-3", {"task", "dataset", "model", "purpose", "class", "parameters", "emissions_g"},
      {row("question-answering", "sciq", "task-specific", "encoder", 1e8, 0.3),
       row("text-classification", "imdb", "multi-purpose", "decoder", 1e9, 3),
       row("question-answering", "squad", "multi-purpose", "seq2seq", 1e10, 8)}));
  EXPECT_EQ(Marks(svg), 3U);
  EXPECT_EQ(Count(svg, ">question-answering<"), 1U) << "rows of a task follow each other";
  for (const char* text : {">task-specific<", ">multi-purpose decoder<", ">parameters<", ">1B<"})
    EXPECT_THAT(svg, HasSubstr(text));
}

TEST(FigureSvg, AccuracyFromOtherQueriesIsHollow) {
  const auto draw = [](bool same) {
    return FigureSvg(
        Table("figure-4",
              {"model", "dataset", "purpose", "class", "parameters", "metric", "accuracy",
               "emissions_g", "same_queries"},
              {{std::string("m"), std::string("sst2"), std::string("task-specific"),
                std::string("encoder"), 6.6e7, std::string("accuracy"), 0.91, 0.2, same}}));
  };
  EXPECT_THAT(draw(false), HasSubstr("Hollow marks: measured on other queries"));
  EXPECT_THAT(draw(true), Not(HasSubstr("Hollow")));
  EXPECT_THAT(draw(true), HasSubstr(" %<"));
}

TEST(FigureSvg, LengthsGiveColourAndTheKeySaysSo) {
  const auto row = [](double input, double output, double grams) {
    return std::vector<DataValue>{
        std::string("m"), std::string("decoder"), std::string("xsum"), 1e9, input, output, grams};
  };
  const std::string svg = FigureSvg(
      Table("figure-6",
            {"model", "class", "dataset", "parameters", "input_mean", "output_mean", "emissions_g"},
            {row(40, 10, 10), row(400, 60, 30), {std::string("m"), {}, {}, {}, {}, 5.0, 3.0}}));
  EXPECT_EQ(Marks(svg), 3U);
  EXPECT_THAT(svg, HasSubstr("<linearGradient"));
  EXPECT_THAT(svg, HasSubstr(">input length<"));
  EXPECT_THAT(svg, HasSubstr(">400<"));
  EXPECT_THAT(svg, HasSubstr("1 mark is of unknown parameters drawn smallest."));
  EXPECT_TRUE(WellFormed(svg));
}

TEST(FigureSvg, EnergyIsDrawnWhereNoRowKnowsEmissions) {
  const std::string svg =
      FigureSvg(Table("figure-5", {"model", "class", "task", "dataset", "energy_kwh"},
                      {{std::string("m"), std::string("seq2seq"), std::string("summarization"),
                        std::string("xsum"), 0.05}}));
  EXPECT_THAT(svg, HasSubstr("energy, kWh per 1,000 queries"));
  EXPECT_EQ(Marks(svg), 1U);
}

TEST(FigureSvg, EmptyOrStrangeTableSaysThatThereIsNothing) {
  for (const DataTable& table :
       {Table("figure-1", {"task"}, {}), Table("table-2", {"task"}, {{std::string("x")}}),
        Table("figure-9", {}, {})}) {
    const std::string svg = FigureSvg(table);
    EXPECT_TRUE(WellFormed(svg));
    EXPECT_THAT(svg, HasSubstr("Nothing to draw"));
  }
}

TEST(FigureSvg, ColumnsMayBeMissingAndNumbersExtreme) {
  for (const char* id : {"figure-1", "figure-2", "figure-3", "figure-4", "figure-5", "figure-6"}) {
    EXPECT_TRUE(WellFormed(FigureSvg(Table(id, {"model"}, {{std::string("m")}, {}})))) << id;
    EXPECT_TRUE(WellFormed(FigureSvg(
        Table(id, {"emissions_g", "parameters", "accuracy", "output_mean", "input_mean"},
              {{1e-300, 1e300, -1e308, 1e308, kNan}, {1e300, 1e-300, 1e308, -1e308, 5.0}}))))
        << id;
  }
}

TEST(FigureSvg, RowsBeyondTheFirst150AreCounted) {
  DataTable table = Table("figure-1", {"task", "emissions_g"}, {});
  for (int i = 0; i < 160; ++i) table.rows.push_back({"task " + std::to_string(i), 1.0 + i});
  const std::string svg = FigureSvg(table);
  EXPECT_EQ(Marks(svg), 150U);
  EXPECT_THAT(svg, HasSubstr("10 rows beyond the first 150 are left out."));
}

}  // namespace
}  // namespace permille
