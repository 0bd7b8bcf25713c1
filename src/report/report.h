// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyse/analyse.h"
#include "analyse/study.h"
#include "record/run_record.h"

// Numbers to text. Each format is one file; nothing here computes a figure that analyse/ did not
// give.

namespace permille {

/// What the study printed for the model, to be told beside ours but never as if comparable.
struct PublishedFigure {
  double kwh_per_1000 = 0;
  std::string source;
};

/// One cell for the terminal: the figure, its parts and how each joule is known, what it leaves
/// out.
std::string CellText(const CellResult& cell, const std::optional<PublishedFigure>& published = {});
/// `permille exec`: what one execution cost.
std::string ExecText(const CellResult& cell);
/// The table of a store, one line a cell.
std::string StoreText(std::span<const CellResult> cells);

/// The JSON contract `permille.run/1` (docs/formats/json.md): one object, one line break at the
/// end. With `shown`, what the model said in that run stands under `predictions`.
std::string CellJson(const CellResult& cell, const RunRecord* shown = nullptr);
/// The JSON contract `permille.report/1`.
std::string StudyJson(const StudyReport& report);
/// The same on one line and to seven digits, with what the explorer needs besides: places,
/// equivalents, memory rules.
/// kNotFound when the catalog is not at hand.
Result<std::string> PageJson(const StudyReport& report);
/// How the joules of a cell are known, taken together: the least certain of its components.
std::string_view ProvenanceName(const CellResult& cell);
/// Every cell in a row.
DataTable CellsTable(const StudyReport& report);

}  // namespace permille
