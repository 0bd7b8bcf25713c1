// SPDX-License-Identifier: Apache-2.0
#include "base/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/file.h"

namespace permille {
namespace {

/// One row as the grammar sees it: its cells and the line it starts on.
struct Row {
  std::vector<std::string> cells;
  std::size_t line = 0;
  bool blank = false;  ///< a line with nothing on it, not even quotes
};

/// Cut a text into rows (RFC 4180, section 2).
class Scanner {
 public:
  Scanner(std::string_view text, std::string_view origin, CsvOptions options)
      : text_(text), origin_(origin), options_(options) {}

  bool AtEnd() const { return at_ >= text_.size(); }

  /// After an error: go on behind the line on which the broken row began.
  void SkipLine() {
    at_ = row_begin_;
    while (!AtEnd() && text_[at_] != '\n') ++at_;
    if (!AtEnd()) ++at_;
    line_ = row_line_ + 1;
  }

  Result<Row> Next() {
    Row row;
    row.line = line_;
    row_begin_ = at_;
    row_line_ = line_;
    row.blank = AtLineEnd();
    while (true) {
      PERMILLE_ASSIGN(auto cell, Cell());
      row.cells.push_back(std::move(cell));
      if (AtEnd()) return row;
      if (text_[at_] == options_.separator) {
        ++at_;
        continue;
      }
      at_ += text_[at_] == '\r' ? 2 : 1;
      ++line_;
      return row;
    }
  }

 private:
  bool AtLineEnd() const {
    return AtEnd() || text_[at_] == '\n' || (text_[at_] == '\r' && text_.substr(at_, 2) == "\r\n");
  }

  Result<std::string> Cell() {
    if (options_.quotes && !AtEnd() && text_[at_] == '"') return Quoted();
    const std::size_t begin = at_;
    while (!AtLineEnd() && text_[at_] != options_.separator) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<std::string> Quoted() {
    const std::size_t opened = line_;
    std::string cell;
    for (++at_; !AtEnd(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (c != '"') {
        cell.push_back(c);
      } else if (text_.substr(at_, 2) == "\"\"") {
        cell.push_back('"');
        ++at_;
      } else {
        ++at_;
        if (AtLineEnd() || text_[at_] == options_.separator) return cell;
        return Fail(ErrorCode::kInvalid,
                    "{}:{}: text after a closing quote (write a quote inside a cell as \"\")",
                    origin_, line_);
      }
    }
    return Fail(ErrorCode::kInvalid, "{}:{}: a quoted cell that starts here never ends", origin_,
                opened);
  }

  std::string_view text_;
  std::string_view origin_;
  CsvOptions options_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t row_begin_ = 0;
  std::size_t row_line_ = 1;
};

Result<std::string_view> StripBom(std::string_view text, std::string_view origin) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") return text.substr(3);
  if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF") {
    return Fail(ErrorCode::kInvalid, "{}: is UTF-16; convert it to UTF-8", origin);
  }
  return text;
}

std::string Join(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

Result<CsvTable> CsvTable::Parse(std::string_view text, std::string_view origin,
                                 CsvOptions options) {
  CsvTable table;
  table.origin_ = origin;
  PERMILLE_ASSIGN(const std::string_view body, StripBom(text, origin));
  Scanner scanner(body, table.origin_, options);
  bool named = false;
  while (!scanner.AtEnd()) {
    auto next = scanner.Next();
    if (!next) {
      if (!named || options.left_out == nullptr) return Fail(std::move(next).error());
      options.left_out->push_back(next.error().message);
      scanner.SkipLine();
      continue;
    }
    Row row = std::move(*next);
    if (!named) {
      if (row.blank) continue;
      named = true;
      if (options.header) {
        table.columns_ = std::move(row.cells);
        continue;
      }
      for (std::size_t i = 0; i < row.cells.size(); ++i)
        table.columns_.push_back(std::to_string(i));
    }
    // In a table of one column an empty line is an empty cell; in a wider one it is decoration.
    if (row.blank && table.columns_.size() > 1) continue;
    if (row.cells.size() != table.columns_.size()) {
      if (options.left_out != nullptr) {
        options.left_out->push_back(fmt::format("{}:{}: {} cells, expected {}", origin, row.line,
                                                row.cells.size(), table.columns_.size()));
        continue;
      }
      return Fail(ErrorCode::kInvalid, "{}:{}: {} cells, expected {} (columns: {})", origin,
                  row.line, row.cells.size(), table.columns_.size(), Join(table.columns_));
    }
    table.rows_.push_back(std::move(row.cells));
    table.lines_.push_back(row.line);
  }
  if (options.header && !named) {
    return Fail(ErrorCode::kInvalid, "{}: empty; the first line must name the columns", origin);
  }
  return table;
}

Result<CsvTable> CsvTable::Read(const std::string& path, CsvOptions options) {
  PERMILLE_ASSIGN(const auto text, ReadFile(path));
  return Parse(text, path, options);
}

std::optional<std::size_t> CsvTable::Column(std::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

Result<std::size_t> CsvTable::RequireColumn(std::string_view name) const {
  const auto column = Column(name);
  if (!column) {
    return Fail(ErrorCode::kInvalid, "{}: no column \"{}\" (columns: {})", origin_, name,
                Join(columns_));
  }
  if (std::count(columns_.begin(), columns_.end(), name) > 1) {
    return Fail(ErrorCode::kInvalid, "{}: column \"{}\" appears more than once; rename one",
                origin_, name);
  }
  return *column;
}

Result<std::optional<double>> CsvTable::Number(std::size_t row, std::size_t column) const {
  const std::string& cell = At(row, column);
  if (cell.empty()) return std::optional<double>();
  const auto number = ParseNumber(cell);
  if (!number) {
    return Fail(ErrorCode::kInvalid, "{}:{}: column \"{}\": \"{}\" is not a number (write 1234.5)",
                origin_, line(row), columns_[column], std::string_view(cell).substr(0, 80));
  }
  return number;
}

std::string CsvCell(std::string_view text, char separator) {
  const char special[] = {separator, '"', '\r', '\n', '\0'};
  if (text.find_first_of(special) == text.npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell.push_back('"');
    cell.push_back(c);
  }
  return cell + '"';
}

std::optional<double> ParseNumber(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

}  // namespace permille
