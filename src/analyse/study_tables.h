// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "analyse/study.h"

namespace permille {

/// Tables 1 to 7 of the study, from any store. Only cells that the study's layout counts
/// (CellResult::in_study) are in them.
std::vector<DataTable> StudyTables(const StudyInput& study);

/// The data of Figures 1 to 6.
std::vector<DataTable> StudyFigures(const StudyInput& study);

/// Whether the tables, figures and claims count a cell.
bool CountsInTables(const CellResult& cell);
/// What the tables and figures say of their unit.
inline constexpr const char* kPerThousandQueries =
    "Per 1,000 queries, of the query window; loading not included.";

/// The cells of a task's task-specific models, as Table 2 counts them.
std::vector<const CellResult*> TaskSpecific(const StudyInput& study, std::string_view task);
/// The cells of one multi-purpose model, as Table 3 counts them.
std::vector<const CellResult*> MultiPurpose(const StudyInput& study, std::string_view model);
/// The models of some cells, in order of first appearance.
std::vector<std::string> ModelsOf(const std::vector<const CellResult*>& cells);

/// How long a cell's inputs and outputs are: in words where outputs were counted in words, else in
/// tokens. Null without either.
struct CellLengths {
  const CountSummary* counts = nullptr;
  const char* unit = "";
};
CellLengths LengthsOf(const CellResult& cell);

/// The number printed with `digits` significant digits and read back: 1.04256e-4 -> 1.0e-4.
double AsPrinted(double value, int digits);

}  // namespace permille
