// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyse/analyse.h"
#include "base/stats.h"

// Is one cheaper than the other? Ratios with intervals in which what both share cancels: the
// meter's scale, the grid, the node's mood of the hour.

namespace permille {

/// The ratio b / a of two costs.
struct Comparison {
  double ratio = 1;
  std::optional<Interval> interval;  ///< 95 %; absent with fewer than two of either
  std::optional<double> p;           ///< two-sided, that the ratio is 1
  std::optional<double> p_holm;      ///< the same, corrected for all comparisons made together
  std::string method;                ///< "paired by block" or "Welch"
  std::size_t n = 0;                 ///< pairs, or repeats of the lesser side
  double log_std = 0;                ///< of the log differences (paired) or pooled (Welch)
};

/// One repeat's cost and the block it lies in. Costs must be above 0.
struct BlockCost {
  int block = 0;
  double cost = 0;
};

/// Compare by log ratios: paired where at least two blocks hold both, else Welch's unequal-variance
/// t. Absent where a side is empty or a cost is not above 0.
std::optional<Comparison> Compare(std::span<const BlockCost> a, std::span<const BlockCost> b);

/// By how much each block was dearer than usual: the mean, over the cells that lie in it, of the
/// log cost less the cell's own mean. `but` is left out, so that a cell does not correct itself.
std::map<int, double> BlockEffects(std::span<const CellResult* const> cells, const CellResult* but);

/// The same for every cell of a store in turn: the sums over all cells are made once.
class SharedBlocks {
 public:
  void Add(const CellResult& cell);
  /// BlockEffects of all cells that were added.
  std::map<int, double> Effects() const;
  /// The same without one of them.
  std::map<int, double> Without(const CellResult& cell) const;

 private:
  struct Sum {
    double excess = 0;
    int count = 0;
  };
  std::map<int, Sum> sums_;
};

/// The last half of a cell's repeats against its first half, in order of time: nothing changed, so
/// the interval should hold 1. Pairs the i-th of either; each repeat's block effect, seen on other
/// cells, is taken off. Absent with fewer than four repeats.
std::optional<Comparison> CompareHalves(const CellResult& cell,
                                        const std::map<int, double>& effects);

/// Holm's step-down correction (1979) over all comparisons that have a p.
void CorrectByHolm(std::span<Comparison> comparisons);

/// What a limit on the ratio says of a comparison.
enum class LimitVerdict { kPasses, kFails, kInconclusive };
LimitVerdict JudgeLimit(const Comparison& comparison, double limit);
/// How many more blocks would decide, if the ratio and its scatter stay as they are; absent where
/// no number of blocks would (the ratio lies on the limit) or scatter is unknown.
std::optional<std::size_t> MoreBlocks(const Comparison& comparison, double limit);

/// Costs of a cell's repeats by block, under its rules.
std::vector<BlockCost> CostsByBlock(const CellResult& cell);

}  // namespace permille
