// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/stats.h"
#include "record/sample.h"

// Predictions to quality: one metric per file, kMetrics[] in score.cc is the table. Pure.

namespace permille {

/// A quality figure with its 95 % interval.
struct Quality {
  std::string metric;  ///< as it is printed: both kinds of F1 are "f1"
  double value = 0;    ///< 0 to 1
  Interval ci95;
  std::size_t samples = 0;
};

/// One prediction with its reference, as the store gives them.
struct Judged {
  const Prediction* prediction = nullptr;
  const Reference* reference = nullptr;
};

/// Compute one metric of kMetrics[] ("accuracy", "entity_f1"). kNotFound for an unknown metric,
/// kInvalid when no reference is there or when the predicted and the reference labels have nothing
/// in common (both sets are named).
Result<Quality> Score(std::string_view metric, std::span<const Judged> judged,
                      const std::map<std::string, std::string>& label_map = {});

}  // namespace permille
