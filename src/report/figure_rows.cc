// SPDX-License-Identifier: Apache-2.0
#include "report/figure_rows.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace permille {

FigureRows::FigureRows(const DataTable& table) : table_(table) {
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    columns_.emplace(ColumnName(table.columns[i]), i);
}

const DataValue* FigureRows::Value(std::size_t row, std::string_view name) const {
  const auto column = columns_.find(name);
  if (column == columns_.end() || row >= table_.rows.size()) return nullptr;
  const auto& cells = table_.rows[row];
  return column->second < cells.size() ? &cells[column->second] : nullptr;
}

std::string FigureRows::Text(std::size_t row, std::string_view name) const {
  const DataValue* value = Value(row, name);
  const auto* text = value ? std::get_if<std::string>(value) : nullptr;
  return text ? *text : std::string();
}

std::optional<double> FigureRows::Number(std::size_t row, std::string_view name) const {
  for (const std::string& key : {std::string(name), std::string(name) + ".mean"}) {
    const DataValue* value = Value(row, key);
    const auto* number = value ? std::get_if<double>(value) : nullptr;
    if (number && std::isfinite(*number)) return *number;
  }
  return std::nullopt;
}

std::optional<Interval> FigureRows::Range(std::size_t row, std::string_view name) const {
  const DataValue* value = Value(row, name);
  const auto* interval = value ? std::get_if<Interval>(value) : nullptr;
  return interval ? std::optional<Interval>(*interval) : std::nullopt;
}

bool FigureRows::Denied(std::size_t row, std::string_view name) const {
  const DataValue* value = Value(row, name);
  const auto* truth = value ? std::get_if<bool>(value) : nullptr;
  return truth && !*truth;
}

bool FigureRows::Any(std::string_view name) const {
  for (std::size_t row = 0; row < size(); ++row) {
    if (Number(row, name)) return true;
  }
  return false;
}

std::vector<std::string> FigureRows::Distinct(std::string_view name) const {
  std::vector<std::string> texts;
  for (std::size_t row = 0; row < size(); ++row) {
    std::string text = Text(row, name);
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
  }
  return texts;
}

ErrorBars FindErrorBars(const FigureRows& rows, std::string_view quantity) {
  struct Kind {
    const char* word;
    const char* note;
  };
  // "emissions_g" and "expanded": "emissions_g.expanded", or "emissions_expanded_g".
  const std::string name(quantity);
  const std::size_t unit = std::min(name.rfind('_'), name.size());
  constexpr std::array<Kind, 2> kKinds = {
      {{"expanded", "Bars: expanded interval of the mean (k = 2)."},
       {"repeatability_ci95", "Bars: 95 % interval of the mean over repeats."}}};
  for (const Kind& kind : kKinds) {
    for (const std::string& column :
         {name + "." + kind.word, name.substr(0, unit) + "_" + kind.word + name.substr(unit)}) {
      for (std::size_t row = 0; row < rows.size(); ++row) {
        if (rows.Range(row, column)) return {column, kind.note};
      }
    }
  }
  if (rows.Any(name + ".std"))
    return {name + ".std", "Bars: one standard deviation over runs on either side of the mean."};
  return {};
}

std::optional<Interval> ErrorBar(const FigureRows& rows, const ErrorBars& bars, std::size_t row,
                                 std::optional<double> mean) {
  if (bars.column.empty()) return std::nullopt;
  if (!bars.column.ends_with(".std")) return rows.Range(row, bars.column);
  const auto std = rows.Number(row, bars.column);
  if (!std || !mean) return std::nullopt;
  return Interval{*mean - *std, *mean + *std};
}

}  // namespace permille
