// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "base/csv.h"
#include "fuzz_input.h"

// The first byte chooses the options.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using permille::CsvTable;
  if (size == 0) return 0;
  std::vector<std::string> left_out;
  permille::CsvOptions options;
  options.separator = (data[0] & 1) != 0 ? '\t' : ',';
  options.quotes = (data[0] & 2) == 0;
  options.header = (data[0] & 4) == 0;
  if ((data[0] & 8) != 0) options.left_out = &left_out;
  const auto table = CsvTable::Parse(permille::AsText(data + 1, size - 1), "input", options);
  if (!table) return 0;
  // The names keep a byte order mark that a first cell may hold away from the text's begin.
  std::string rows = "0";
  for (std::size_t column = 1; column < table->columns().size(); ++column) {
    rows += "," + std::to_string(column);
  }
  rows += "\n";
  for (std::size_t row = 0; row < table->rows(); ++row) {
    for (std::size_t column = 0; column < table->columns().size(); ++column) {
      (void)table->Number(row, column);
      rows += (column == 0 ? "" : ",") + permille::CsvCell(table->At(row, column));
    }
    rows += "\n";
    permille::Require(table->line(row) > 0, "lines count from 1");
  }
  if (table->rows() == 0 || table->columns().size() < 2) return 0;
  const auto again = CsvTable::Parse(rows, "written");
  permille::Require(again && again->rows() == table->rows(), "rows written are rows read");
  for (std::size_t column = 0; column < table->columns().size(); ++column) {
    permille::Require(again->At(again->rows() - 1, column) == table->At(table->rows() - 1, column),
                      "a cell written is the cell read");
  }
  return 0;
}
