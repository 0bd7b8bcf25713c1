// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "score/score.h"

namespace permille {

using LabelMapping = std::map<std::string, std::string>;

/// One metric: its name and how it is computed. `judged` holds at least one pair, none of them
/// null.
struct MetricEntry {
  std::string_view name;  ///< as tasks.yaml calls it
  std::string_view help;
  /// Whether a reference must hold values; elsewhere one that holds nothing says something: no
  /// answer, no entity, no object.
  bool needs_values;
  Result<Quality> (*compute)(std::span<const Judged> judged, const LabelMapping& label_map);
};
std::span<const MetricEntry> Metrics();

}  // namespace permille
