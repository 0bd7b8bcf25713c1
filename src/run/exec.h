// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "record/run_record.h"

namespace permille {

/// `permille exec`: measure a command of the user's.
struct ExecRequest {
  std::vector<std::string> command;
  std::string meter = "auto";
  std::optional<std::string> gpu;
  int repeats = 1;
  Seconds baseline;               ///< idle before the command; 0: none
  bool stdout_to_stderr = false;  ///< --json: the child's stdout makes way for ours
};

/// A command measured: one record per repeat, and how the last one ended.
struct ExecOutcome {
  std::vector<RunRecord> runs;
  int exit_code = 0;  ///< the child's, or 128 + signal
};

/// Run the command, its streams passed through and signals forwarded, and measure every execution.
/// A query is one execution. Windows shorter than the meters can resolve are flagged
/// `short_window`. kNotFound and kUnavailable when it cannot be started. Stops repeating when the
/// command fails or a signal ends it.
Result<ExecOutcome> Exec(const ExecRequest& request);

}  // namespace permille
