// SPDX-License-Identifier: Apache-2.0
#include "analyse/data_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace permille {

std::string ColumnName(const DataColumn& column) {
  return fmt::format("{}", fmt::join(column.path, "."));
}

std::size_t FindColumn(const DataTable& table, std::string_view name) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (ColumnName(table.columns[i]) == name) return i;
  }
  return table.columns.size();
}

}  // namespace permille
