// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace permille {

/// Options of a separated-values text. Quotes follow RFC 4180 and may be switched off (many TSV
/// corpora contain bare quotes).
struct CsvOptions {
  char separator = ',';
  bool quotes = true;
  bool header = true;  ///< first row names the columns; otherwise columns are "0", "1", ...
  /// Where given, rows that cannot be read are named here (`origin:line: reason`) and left out,
  /// instead of being an error.
  std::vector<std::string>* left_out = nullptr;
};

/// A table of strings addressed by column name. Accepts a BOM, LF or CRLF, quoted separators and
/// newlines, and a last line without newline.
class CsvTable {
 public:
  /// Parse `text`; the error names `origin` and the line. A row with another number of cells than
  /// the header is an error.
  static Result<CsvTable> Parse(std::string_view text, std::string_view origin,
                                CsvOptions options = {});
  static Result<CsvTable> Read(const std::string& path, CsvOptions options = {});

  const std::vector<std::string>& columns() const { return columns_; }
  std::size_t rows() const { return rows_.size(); }
  /// The index of a column, or absent.
  std::optional<std::size_t> Column(std::string_view name) const;
  /// The index of a column, or an error that lists the columns there are.
  Result<std::size_t> RequireColumn(std::string_view name) const;
  const std::string& At(std::size_t row, std::size_t column) const { return rows_[row][column]; }
  /// The cell as a number; empty cells are absent; anything else is an error naming origin, line,
  /// column.
  Result<std::optional<double>> Number(std::size_t row, std::size_t column) const;
  /// 1-based line in the source on which a row starts.
  std::size_t line(std::size_t row) const { return lines_[row]; }
  const std::string& origin() const { return origin_; }

 private:
  std::string origin_;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> lines_;
};

/// Quote a cell where RFC 4180 needs it.
std::string CsvCell(std::string_view text, char separator = ',');
/// Parse a whole string as a finite number in C notation (`3.8E-05`, not `3,8`); absent if it is
/// not one.
std::optional<double> ParseNumber(std::string_view text);

}  // namespace permille
