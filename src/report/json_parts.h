// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "analyse/analyse.h"
#include "base/json.h"

// What the two JSON contracts share. Include from .cc files only.

namespace permille {

/// [low, high], or null.
Json ToJson(const std::optional<Interval>& interval);
/// ESTIMATE of docs/formats/json.md, every number times `factor`.
Json ToJson(const Estimate& estimate, double factor = 1);
/// COMPONENT of docs/formats/json.md.
Json ComponentsJson(const CellResult& cell);
Json CountsJson(const CountSummary& counts);
Json LatencyJson(const LatencySummary& latency);
Json GridJson(const GridIntensity& grid);

template <class T>
Json Optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace permille
