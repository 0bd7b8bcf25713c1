// SPDX-License-Identifier: Apache-2.0
#include "analyse/self_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "analyse/comparison.h"

namespace permille {
namespace {

bool HoldsOne(const Comparison& comparison) {
  return comparison.interval && comparison.interval->low <= 1 && 1 <= comparison.interval->high;
}

/// Welch on the two halves as they are, whatever their blocks.
std::optional<Comparison> PlainHalves(const CellResult& cell) {
  std::vector<BlockCost> first = CostsByBlock(cell);
  std::ranges::stable_sort(first, {}, &BlockCost::block);
  const std::size_t half = first.size() / 2;
  const std::vector<BlockCost> last(first.end() - static_cast<std::ptrdiff_t>(half), first.end());
  first.resize(half);
  return Compare(first, last);
}

}  // namespace

DataTable SelfCheck(const StudyInput& study) {
  DataTable table{"self-check",
                  "Self-check: the same cell against itself",
                  "Last half of the repeats against the first. Both methods promise 95 %.",
                  {},
                  {}};
  for (const char* key : {"method", "cells", "holds_percent", "alarms_percent"})
    table.columns.push_back(PlainColumn(key));
  // Cells with the same blocks are compared with one another's: those that hold the first one.
  std::map<int, SharedBlocks> sharing;
  for (const CellResult& cell : study.cells) {
    if (cell.runs.size() >= 4) sharing[cell.runs.front().block];
  }
  for (const CellResult& cell : study.cells) {
    std::set<int> blocks;
    for (const RunCost& run : cell.runs) blocks.insert(run.block);
    for (const int block : blocks) {
      if (const auto found = sharing.find(block); found != sharing.end()) found->second.Add(cell);
    }
  }
  double cells = 0;
  double paired_holds = 0;
  double welch_holds = 0;
  for (const CellResult& cell : study.cells) {
    if (cell.runs.size() < 4) continue;
    const auto effects = sharing[cell.runs.front().block].Without(cell);
    const auto paired = CompareHalves(cell, effects);
    const auto welch = PlainHalves(cell);
    if (!paired || !welch) continue;
    ++cells;
    paired_holds += HoldsOne(*paired) ? 1 : 0;
    welch_holds += HoldsOne(*welch) ? 1 : 0;
  }
  if (cells == 0) return table;
  const auto add = [&](const char* method, double holds) {
    table.rows.push_back(
        {std::string(method), cells, 100 * holds / cells, 100 * (cells - holds) / cells});
  };
  add("paired by block", paired_holds);
  add("Welch", welch_holds);
  return table;
}

}  // namespace permille
