// SPDX-License-Identifier: Apache-2.0
#include "report/json_parts.h"

namespace permille {

Json ToJson(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return Json::array({interval->low, interval->high});
}

Json ToJson(const Estimate& estimate, double factor) {
  Json json;
  const auto scaled = [&](std::optional<Interval> interval) {
    if (interval) *interval = Interval{interval->low * factor, interval->high * factor};
    return ToJson(interval);
  };
  json["mean"] = estimate.mean * factor;
  json["std"] = estimate.std ? Json(*estimate.std * factor) : Json(nullptr);
  json["repeatability_ci95"] = scaled(estimate.repeatability);
  json["expanded"] = scaled(estimate.expanded);
  return json;
}

Json ComponentsJson(const CellResult& cell) {
  Json list = Json::array();
  for (const ComponentShare& share : cell.components) {
    Json json{{"component", Name(share.component)},
              {"channel", share.channel},
              {"provenance", Name(share.provenance)},
              {"source", share.source},
              {"use", Name(share.use)},
              {"wh_per_1000", share.wh_per_1000},
              {"coverage", share.coverage}};
    if (!share.rule.empty()) json["rule"] = share.rule;
    list.push_back(std::move(json));
  }
  return list;
}

Json CountsJson(const CountSummary& counts) {
  Json json{{"input_mean", counts.input_mean}};
  if (counts.output_mean) json["output_mean"] = *counts.output_mean;
  json["source"] = counts.source;
  return json;
}

Json LatencyJson(const LatencySummary& latency) {
  return {{"mean", latency.mean_ms},
          {"p50", latency.p50_ms},
          {"p90", latency.p90_ms},
          {"p99", latency.p99_ms}};
}

Json GridJson(const GridIntensity& grid) {
  return {{"place", grid.place},
          {"name", grid.name},
          {"g_per_kwh", grid.intensity.value()},
          {"year", Optional(grid.year)},
          {"source", grid.source}};
}

}  // namespace permille
