// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "pipeline/task_options.h"

namespace permille {

/// The flags of `run` that only some tasks know: how text and images are generated, how answers are
/// picked.
class TaskFlags {
 public:
  void Declare(FlagSet& flags);
  /// What was asked for. kInvalid for values that no task takes.
  Result<TaskOptions> Options() const;

 private:
  TaskOptions options_;
  std::optional<std::int64_t> seed_;
  bool sample_ = false;
};

}  // namespace permille
