// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace permille {

/// A table of plain text: columns as wide as their widest cell (counted in code points), numbers to
/// the right.
class TextTable {
 public:
  enum class Align { kLeft, kRight };
  explicit TextTable(std::vector<Align> columns) : align_(std::move(columns)) {}
  /// Add a row; whatever the cells hold, each is shown on one line (OneLine).
  void Row(std::vector<std::string> cells);
  /// The rows, each after `indent` spaces, columns two spaces apart, no trailing blanks.
  std::string Text(int indent = 0) const;

 private:
  std::vector<Align> align_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace permille
