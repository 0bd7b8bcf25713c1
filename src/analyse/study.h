// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "analyse/analyse.h"
#include "analyse/data_table.h"

// A whole store as the study reads its own: seven tables, the data of six figures, the claims of
// its prose, totals. Pure: cells in, numbers out.

namespace permille {

/// Everything that a report may print of a store.
struct StudyReport {
  std::string title;
  std::string store;       ///< file name, without folders
  AnalyseOptions options;  ///< the rules that all figures follow
  std::vector<CellResult> cells;
  std::vector<DataTable>
      tables;  ///< "table-1" ... "table-7"; one that cannot be filled has no rows
  std::vector<DataTable> figures;  ///< "figure-1" ... "figure-6"
  DataTable claims;
  DataTable parity;
  DataTable totals;  ///< one row
};

}  // namespace permille
