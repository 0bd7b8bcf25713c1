// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyse/analyse.h"
#include "base/result.h"
#include "cli/command.h"

namespace permille {

/// The flags of every command that prints a cost: --grid --pue --attribution --accounting.
class AnalyseFlags {
 public:
  void Declare(FlagSet& flags);
  /// Check them against the catalog. Do this before measuring: a typo must not cost a run.
  Result<AnalyseOptions> Options() const;

 private:
  std::string grid_;
  std::string pue_ = "1";
  std::string attribution_;
  std::string accounting_;
  std::string label_map_;
};

/// Warn of the cells that a report lacks: the first of them by name.
void WarnOfLeftOut(const std::vector<std::string>& left_out);

}  // namespace permille
