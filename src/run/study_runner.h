// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "run/run_cell.h"
#include "store/store.h"

// A plan measured cell after cell: one model in memory at a time, the meters started once, the bare
// machine's idle window shared by two neighbouring cells. A study goes on where it stopped: each
// run carries its cell's key of the plan.

namespace permille {

struct StudyRequest {
  std::string name;  ///< of the study, for the record
  std::vector<PlannedCell> cells;
  std::string meter = "auto";
  std::optional<std::string> gpu;
  SessionOptions session;
  bool again = false;  ///< measure finished cells too
};

/// What the store holds of a planned cell.
struct CellProgress {
  std::vector<std::string> run_ids;
  bool finished = false;
};
/// By key of the plan. kIo where the store cannot be read.
Result<std::map<std::string, CellProgress>> ProgressOf(Store& store);

/// What came of one cell.
struct StudyCellOutcome {
  PlannedCell cell;
  std::vector<std::string> run_ids;  ///< all of it in the store, earlier ones first
  bool measured = false;             ///< now; false: it was finished already, or failed
  std::optional<Error> failed;
};
struct StudyOutcome {
  std::vector<StudyCellOutcome> cells;  ///< in order of the plan
  std::optional<Error> interrupted;     ///< the rest was not begun
};

/// Tell mistakes in any cell's options.
Result<void> CheckStudy(const StudyRequest& request);

/// Measure every cell of the plan that the store does not hold yet. Mistakes in any cell's options
/// are told before the first is measured; a cell that fails later does not stop the others.
Result<StudyOutcome> RunStudy(const StudyRequest& request, Store& store);

}  // namespace permille
