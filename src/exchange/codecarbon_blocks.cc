// SPDX-License-Identifier: Apache-2.0
#include "exchange/codecarbon_blocks.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

namespace permille {
namespace {

/// The runs of one cell in one file, in order of time.
struct CellRuns {
  double first = std::numeric_limits<double>::infinity();
  double last = -std::numeric_limits<double>::infinity();
  std::vector<TimedRun*> runs;
};

/// Number the blocks of one file's cells from `next` on; gives the number after the last.
int NumberFile(std::vector<CellRuns>& cells, int next) {
  std::ranges::sort(cells, {}, &CellRuns::first);
  int begin = next;  // of the session's blocks
  double end = -std::numeric_limits<double>::infinity();
  for (CellRuns& cell : cells) {
    if (cell.first > end) begin = next;
    end = std::max(end, cell.last);
    for (std::size_t repeat = 0; repeat < cell.runs.size(); ++repeat) {
      RunRecord& run = *cell.runs[repeat]->run;
      run.repeat = static_cast<int>(repeat);
      run.block = begin + static_cast<int>(repeat);
      next = std::max(next, run.block + 1);
    }
  }
  return next;
}

}  // namespace

void RecoverBlocks(std::span<TimedRun> runs) {
  std::map<std::string, std::map<std::string, CellRuns>> files;
  for (TimedRun& run : runs) {
    CellRuns& cell = files[run.file][run.run->cell.key];
    cell.first = std::min(cell.first, run.time);
    cell.last = std::max(cell.last, run.time);
    cell.runs.push_back(&run);
  }
  int next = 0;
  for (auto& [file, by_cell] : files) {
    std::vector<CellRuns> cells;
    for (auto& [key, cell] : by_cell) {
      std::ranges::stable_sort(cell.runs, {}, &TimedRun::time);
      cells.push_back(std::move(cell));
    }
    next = NumberFile(cells, next);
  }
}

}  // namespace permille
