// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyse/analyse.h"
#include "analyse/cell_energy.h"
#include "analyse/data_table.h"

// The figure of a text-to-image cell that did a few of its pipeline's denoising steps, as a row of
// its own (docs/method.md, the quick study). It is computed here, right of the wall, from the times
// of the phases that the record keeps; the measured row stays as it is.

namespace permille {

/// How the cell's cost grows with its steps. Absent unless its study asked for that and its runs
/// hold the times and the numbers of passes.
std::optional<StepScale> MoreSteps(std::span<const ReadableRun> runs);

/// The cell with all steps: energy, carbon and time scaled run by run, `extrapolated` set, variant
/// "extrapolated". Absent for a cell without `more_steps`.
std::optional<CellResult> Extrapolate(const CellResult& measured);

/// The same for a list: behind each cell that has one, its extrapolated row. The measured row then
/// no longer counts in the study's tables, whose figures are of all steps.
void AddExtrapolated(std::vector<CellResult>& cells);

/// "extrapolated from 2 to 50 steps"; empty for a measured cell.
std::string ExtrapolationNote(const CellResult& cell);
/// Where a table or figure by task rests on extrapolated cells: a column `note` that says so of its
/// row, and the same in the title, which drawings show.
void NoteExtrapolated(DataTable& table, const std::vector<CellResult>& cells);

}  // namespace permille
