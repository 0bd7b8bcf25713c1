// SPDX-License-Identifier: Apache-2.0
#include "report/table_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/csv.h"
#include "base/json.h"
#include "base/utf8.h"
#include "report/plain_text.h"
#include "report/text_table.h"

namespace permille {
namespace {

constexpr std::string_view kUnknown = "-";
constexpr std::size_t kLongestName = 60;
constexpr std::size_t kColumnGap = 2;
// Largest whole number up to which doubles hold every one.
constexpr double kExactInteger = 9007199254740992.0;

bool IsWhole(double value) {
  return value == std::floor(value) && std::abs(value) < kExactInteger;
}

bool IsKnown(const DataValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return std::isfinite(*number);
  return !std::holds_alternative<std::monostate>(value);
}

std::string Joined(const std::vector<std::string>& list, std::string_view separator) {
  return fmt::format("{}", fmt::join(list, separator));
}

// The text of a value for people, before the escapes of a format.
std::string Shown(const DataValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return ShortNumber(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return OneLine(*text);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "yes" : "no";
  if (const auto* list = std::get_if<std::vector<std::string>>(&value))
    return OneLine(Joined(*list, "; "));
  if (const auto* interval = std::get_if<Interval>(&value))
    return ShortNumber(interval->low) + " to " + ShortNumber(interval->high);
  return std::string(kUnknown);
}

// The value of a column in a row; unknown where the row is short.
const DataValue& At(const std::vector<DataValue>& row, std::size_t column) {
  static const DataValue unknown;
  return column < row.size() ? row[column] : unknown;
}

template <class Predicate>
bool AnyValue(const DataTable& table, std::size_t column, Predicate predicate) {
  return std::ranges::any_of(table.rows,
                             [&](const auto& row) { return predicate(At(row, column)); });
}

bool IsNumeric(const DataTable& table, std::size_t column) {
  const auto is_number = [](const DataValue& value) {
    return std::holds_alternative<double>(value) || std::holds_alternative<Interval>(value);
  };
  const auto is_word = [](const DataValue& value) {
    return std::holds_alternative<std::string>(value) || std::holds_alternative<bool>(value) ||
           std::holds_alternative<std::vector<std::string>>(value);
  };
  return AnyValue(table, column, is_number) && !AnyValue(table, column, is_word);
}

// --- terminal ---

std::vector<std::string> TermColumn(const DataTable& table, std::size_t column) {
  std::vector<std::string> cells{OneLine(ColumnTitle(table.columns[column]))};
  for (const auto& row : table.rows)
    cells.push_back(Ellipsised(Shown(At(row, column)), kLongestName));
  return cells;
}

std::size_t Width(const std::vector<std::string>& cells) {
  std::size_t width = 0;
  for (const std::string& cell : cells) width = std::max(width, CountCodePoints(cell));
  return width;
}

// Cut the cells of text columns (not their heads) shorter until the table fits, or no further.
void Shorten(std::vector<std::vector<std::string>>& columns, const std::vector<bool>& numeric,
             std::size_t width) {
  const auto total = [&] {
    std::size_t sum = 0;
    for (const auto& cells : columns) sum += Width(cells) + kColumnGap;
    return sum - kColumnGap;
  };
  for (const std::size_t limit : {45, 36, 28}) {
    if (columns.empty() || total() <= width) return;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      for (std::size_t line = 1; line < columns[i].size() && !numeric[i]; ++line)
        columns[i][line] = Ellipsised(columns[i][line], limit);
    }
  }
}

// How gladly a column is left out: the higher, the sooner.
int Dispensable(const DataTable& table, std::size_t column) {
  if (!AnyValue(table, column, IsKnown)) return 3;
  static const std::set<std::string_view> extremes = {"min", "max", "median"};
  static const std::set<std::string_view> intervals = {"repeatability_ci95", "expanded"};
  const auto& path = table.columns[column].path;
  if (path.size() < 2) return 0;
  return extremes.contains(path.back()) ? 2 : intervals.contains(path.back()) ? 1 : 0;
}

// The columns that fit into `width`, in order.
std::vector<std::size_t> Fitting(const DataTable& table, const std::vector<std::size_t>& widths,
                                 std::size_t width) {
  std::vector<std::size_t> kept;
  std::size_t total = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    kept.push_back(i);
    total += widths[i] + (i > 0 ? kColumnGap : 0);
  }
  for (int rank = 3; rank >= 0; --rank) {
    for (std::size_t i = kept.size(); i > 1 && width > 0 && total > width; --i) {
      if (Dispensable(table, kept[i - 1]) < rank) continue;
      total -= widths[kept[i - 1]] + kColumnGap;
      kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
  }
  return kept;
}

std::string LeftOut(const DataTable& table, const std::vector<std::size_t>& kept) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (std::ranges::find(kept, i) == kept.end())
      names.push_back(OneLine(ColumnName(table.columns[i])));
  }
  if (names.empty()) return {};
  return fmt::format("not shown for want of width: {} (--format csv has all)\n",
                     Joined(names, ", "));
}

// --- CSV ---

std::string CsvText(std::string text) {
  constexpr std::string_view kFormulaStarts = "=+-@\t\r";
  if (!text.empty() && kFormulaStarts.find(text.front()) != std::string_view::npos)
    text.insert(text.begin(), '\'');
  return CsvCell(text);
}

std::string CsvNumber(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : std::string();
}

std::string CsvValue(const DataValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return CsvNumber(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return CsvText(*text);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* list = std::get_if<std::vector<std::string>>(&value))
    return CsvText(Joined(*list, "; "));
  return {};
}

// Whether a column holds intervals. Where no row tells, its name does, so that the header of a
// table does not depend on how full it is.
bool HoldsIntervals(const DataTable& table, std::size_t column) {
  const auto is_interval = [](const DataValue& value) {
    return std::holds_alternative<Interval>(value);
  };
  if (AnyValue(table, column, IsKnown)) return AnyValue(table, column, is_interval);
  const auto& path = table.columns[column].path;
  return !path.empty() && (path.back() == "interval" || path.back() == "expanded" ||
                           path.back().find("ci95") != std::string::npos);
}

// --- JSON ---

Json JsonNumber(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (IsWhole(value)) return static_cast<std::int64_t>(value);
  return value;
}

Json JsonValue(const DataValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return JsonNumber(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return Json(*list);
  if (const auto* interval = std::get_if<Interval>(&value))
    return Json::array({JsonNumber(interval->low), JsonNumber(interval->high)});
  return nullptr;
}

void Put(Json& object, const std::vector<std::string>& path, Json value) {
  Json* at = &object;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    Json& next = (*at)[path[i]];
    if (next.is_null()) next = Json::object();
    // A path through a plain value has no place of its own: the column's name is its key then.
    if (!next.is_object()) {
      object[fmt::format("{}", fmt::join(path, "."))] = std::move(value);
      return;
    }
    at = &next;
  }
  if (!path.empty()) (*at)[path.back()] = std::move(value);
}

}  // namespace

std::string ShortNumber(double value) {
  if (!std::isfinite(value)) return std::string(kUnknown);
  if (IsWhole(value)) return fmt::format("{}", static_cast<std::int64_t>(value));
  const std::string scientific = fmt::format("{:.3e}", value);
  const int exponent = std::stoi(scientific.substr(scientific.find('e') + 1));
  if (exponent < -6 || exponent > 14) return scientific;
  return fmt::format("{:.{}f}", value, std::max(0, 3 - exponent));
}

std::string ColumnTitle(const DataColumn& column) {
  return column.title.empty() ? ColumnName(column) : column.title;
}

std::string TableTerm(const DataTable& table, std::size_t width) {
  std::vector<std::vector<std::string>> cells;
  std::vector<bool> numeric;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    cells.push_back(TermColumn(table, i));
    numeric.push_back(IsNumeric(table, i));
  }
  if (width > 0) Shorten(cells, numeric, width);
  std::vector<std::size_t> widths;
  for (const auto& column : cells) widths.push_back(Width(column));
  const std::vector<std::size_t> kept = Fitting(table, widths, width);
  std::vector<TextTable::Align> align;
  for (const std::size_t i : kept)
    align.push_back(numeric[i] ? TextTable::Align::kRight : TextTable::Align::kLeft);
  TextTable text(std::move(align));
  for (std::size_t line = 0; line <= table.rows.size(); ++line) {
    std::vector<std::string> row;
    for (const std::size_t i : kept) row.push_back(cells[i][line]);
    text.Row(std::move(row));
  }
  std::string out = table.title.empty() ? "" : OneLine(table.title) + "\n";
  out += table.rows.empty() ? "(no rows)\n" : text.Text() + LeftOut(table, kept);
  if (!table.caption.empty()) out += OneLine(table.caption) + "\n";
  return out;
}

std::string TableMarkdown(const DataTable& table) {
  std::string out;
  if (!table.title.empty()) out += "### " + MarkdownEscaped(OneLine(table.title)) + "\n\n";
  std::string rule = "|";
  out += "|";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    out += " " + MarkdownEscaped(OneLine(ColumnTitle(table.columns[i]))) + " |";
    rule += IsNumeric(table, i) ? "---:|" : "---|";
  }
  out += "\n" + rule + "\n";
  for (const auto& row : table.rows) {
    out += "|";
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      out += " " + MarkdownEscaped(Shown(At(row, i))) + " |";
    out += "\n";
  }
  if (!table.caption.empty()) out += "\n" + MarkdownEscaped(OneLine(table.caption)) + "\n";
  return out;
}

std::string TableCsv(const DataTable& table) {
  std::vector<bool> intervals;
  std::string out;
  const auto add = [&](const std::string& cell, bool first = false) {
    if (!first) out += ',';
    out += cell;
  };
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    intervals.push_back(HoldsIntervals(table, i));
    const std::string name = ColumnName(table.columns[i]);
    add(CsvText(intervals[i] ? name + ".low" : name), i == 0);
    if (intervals[i]) add(CsvText(name + ".high"));
  }
  out += "\n";
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const auto* interval = std::get_if<Interval>(&At(row, i));
      add(interval ? CsvNumber(interval->low) : CsvValue(At(row, i)), i == 0);
      if (intervals[i]) add(interval ? CsvNumber(interval->high) : std::string());
    }
    out += "\n";
  }
  return out;
}

std::string TableRowsJson(const DataTable& table, int indent) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      Put(object, table.columns[i].path, JsonValue(At(row, i)));
    rows.push_back(std::move(object));
  }
  return DumpJson(rows, indent);
}

}  // namespace permille
