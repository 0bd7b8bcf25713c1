// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "base/csv.h"
#include "base/file.h"
#include "exchange/codecarbon_rows.h"
#include "exchange/wall_meter.h"

namespace permille {
namespace {

constexpr std::size_t kFewestRows = 8;

// "Power (W)" -> "power": lower case, without a unit in brackets, blanks as underscores.
std::string PlainName(std::string_view name) {
  std::string plain;
  for (const char c : name.substr(0, name.find_first_of("([")))
    plain +=
        c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  while (plain.ends_with('_')) plain.pop_back();
  return plain;
}

bool NamesKilowatts(std::string_view name) {
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower.find("kw") != std::string::npos || lower.find("kilowatt") != std::string::npos;
}

constexpr std::array<std::string_view, 12> kTimeNames = {
    "time",     "timestamp", "datetime", "date_time", "unix_time", "unix",
    "unixtime", "epoch",     "seconds",  "time_s",    "t",         "date"};
constexpr std::array<std::string_view, 12> kPowerNames = {
    "watts", "watt",       "power", "power_w",  "power_watts", "active_power",
    "w",     "real_power", "kw",    "power_kw", "watts_total", "total_power"};

// The first column that bears one of the names, the earlier name first.
template <std::size_t N>
Result<std::size_t> FindNamed(const CsvTable& table, const std::array<std::string_view, N>& names,
                              std::string_view what) {
  for (const std::string_view wanted : names) {
    for (std::size_t i = 0; i < table.columns().size(); ++i) {
      if (PlainName(table.columns()[i]) == wanted) return i;
    }
  }
  std::string there;
  for (const std::string& column : table.columns()) there += (there.empty() ? "" : ", ") + column;
  return Fail(ErrorCode::kInvalid, "{}: no column of {}: there are {}; call it {}", table.origin(),
              what, there, names.front());
}

/// A time as it stands in a cell; `absolute`: since 1970.
struct CellTime {
  double seconds = 0;
  bool absolute = false;
};

// Numbers by size: 1e8 s is 1973, and no meter has run for three years since its beginning. The
// steps between the units are of a thousand, the years meant are 1973 to 5138.
std::optional<CellTime> ParseCellTime(const std::string& cell) {
  if (const auto number = ParseNumber(cell)) {
    const double size = std::abs(*number);
    if (size >= 1e17) return CellTime{*number * 1e-9, true};
    if (size >= 1e14) return CellTime{*number * 1e-6, true};
    if (size >= 1e11) return CellTime{*number * 1e-3, true};
    return CellTime{*number, size >= 1e8};
  }
  if (const auto stamp = ParseTimestamp(cell)) return CellTime{*stamp, true};
  return std::nullopt;
}

}  // namespace

Result<WallLog> ParseWallLog(std::string_view text, std::string_view origin) {
  CsvOptions csv;
  const std::string_view header = text.substr(0, text.find('\n'));
  if (header.find(',') == std::string_view::npos)
    csv.separator = header.find(';') != std::string_view::npos ? ';' : '\t';
  PERMILLE_ASSIGN(const CsvTable table, CsvTable::Parse(text, origin, csv));
  PERMILLE_ASSIGN(const std::size_t time_column, FindNamed(table, kTimeNames, "times"));
  PERMILLE_ASSIGN(const std::size_t power_column, FindNamed(table, kPowerNames, "power"));
  const double unit = NamesKilowatts(table.columns()[power_column]) ? 1000 : 1;
  WallLog log;
  log.origin = origin;
  std::optional<CellTime> first;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto leave_out = [&](std::string_view why, const std::string& cell) {
      log.problems.push_back(
          fmt::format("{}:{}: {} '{}'", table.origin(), table.line(row), why, cell));
    };
    const std::string& time_cell = table.At(row, time_column);
    const auto time = ParseCellTime(time_cell);
    const auto watts = ParseNumber(table.At(row, power_column));
    if (!time || (first && time->absolute != first->absolute)) {
      leave_out("not a time like the others:", time_cell);
    } else if (!watts || *watts < 0) {
      leave_out("not a power:", table.At(row, power_column));
    } else {
      if (!first) first = time;
      const Seconds at(time->seconds - first->seconds);
      if (!log.points.empty() && at <= log.points.back().at) {
        leave_out("not after the row before:", time_cell);
      } else {
        log.points.push_back({at, *watts * unit});
      }
    }
  }
  if (log.points.size() < kFewestRows) {
    return Fail(ErrorCode::kInvalid, "{}: {} usable rows: at least {} are needed{}{}", origin,
                log.points.size(), kFewestRows, log.problems.empty() ? "" : "; ",
                log.problems.empty() ? "" : log.problems.front());
  }
  if (first->absolute) log.start = first->seconds;
  return log;
}

Result<WallLog> ReadWallLog(const std::string& path) {
  PERMILLE_ASSIGN(const std::string text, ReadFile(path));
  return ParseWallLog(text, path);
}

}  // namespace permille
