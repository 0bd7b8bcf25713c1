// SPDX-License-Identifier: Apache-2.0
#include "report/json_parts.h"
#include "report/report.h"

namespace permille {
namespace {

Json WattHours(const std::optional<double>& value) {
  return value ? Json{{"wh_per_1000", *value}} : Json(nullptr);
}

Json AttributionJson(const CellResult& cell) {
  Json json{{"machine", WattHours(cell.machine_wh)}, {"device", WattHours(cell.device_wh)}};
  json["marginal"] = WattHours(cell.marginal_wh);
  if (cell.marginal) {
    json["marginal"]["repeatability_ci95"] = ToJson(cell.marginal->repeatability);
    json["marginal"]["expanded"] = ToJson(cell.marginal->expanded);
  } else {
    json["marginal_refused"] = cell.marginal_refused;
  }
  return json;
}

Json QualityJson(const CellResult& cell) {
  if (!cell.quality) return nullptr;
  const Quality& quality = *cell.quality;
  Json json;
  json[quality.metric] = {{"value", quality.value},
                          {"ci95", {quality.ci95.low, quality.ci95.high}},
                          {"samples", quality.samples}};
  if (!cell.quality_label_map.empty()) json["label_map"] = cell.quality_label_map;
  return json;
}

void AddCosts(Json& json, const CellResult& cell) {
  json["per_1000"] = {{"energy_wh", ToJson(cell.energy_wh)},
                      {"emissions_g", ToJson(cell.emissions_g)}};
  if (cell.cell.engine == "exec") {
    json["per_run"] = {{"energy_wh", ToJson(cell.energy_wh, 1e-3)},
                       {"emissions_g", ToJson(cell.emissions_g, 1e-3)}};
  }
  json["budget"] = Json::object();
  for (const BudgetTerm& term : cell.budget) json["budget"][term.name] = term.relative;
  json["components"] = ComponentsJson(cell);
  json["attribution"] = AttributionJson(cell);
  if (cell.load) {
    json["load"] = {{"energy_wh", Optional(cell.load->energy_wh)},
                    {"seconds", cell.load->seconds},
                    {"breakeven_queries", Optional(cell.load->breakeven_queries)}};
  }
}

void AddTimes(Json& json, const CellResult& cell) {
  json["seconds_per_1000"] = cell.seconds_per_1000;
  if (cell.latency) {
    json["latency_ms"] = LatencyJson(*cell.latency);
  }
  if (cell.phases) {
    json["phases_ms"] = {{"preprocess", cell.phases->preprocess_ms},
                         {"forward", cell.phases->forward_ms},
                         {"postprocess", cell.phases->postprocess_ms}};
  }
  if (cell.tokens) json["tokens"] = CountsJson(*cell.tokens);
  if (cell.words) json["words"] = CountsJson(*cell.words);
}

Json CellObject(const CellResult& cell) {
  const bool exec = cell.cell.engine == "exec";
  Json json{{"schema", "permille.run/1"}};
  if (exec) {
    json["command"] = cell.cell.model;
  } else {
    json["task"] = cell.cell.task;
    json["model"] = cell.cell.model;
    json["dataset"] = cell.cell.dataset;
  }
  json["engine"] = cell.cell.engine;
  if (!cell.cell.weights.empty()) json["weights"] = cell.cell.weights;
  json["queries"] = cell.queries;
  json["repeats"] = cell.repeats;
  json["batch"] = cell.cell.batch;
  json["attribution_used"] = Name(cell.rules.attribution);
  json["accounting"] = Name(cell.rules.accounting);
  AddCosts(json, cell);
  AddTimes(json, cell);
  json["extrapolated"] = nullptr;
  if (!exec) {
    json["quality"] = QualityJson(cell);
    if (!cell.quality_note.empty()) json["quality_note"] = cell.quality_note;
  }
  json["grid"] = GridJson(cell.rules.grid);
  json["pue"] = cell.rules.pue;
  json["options"] = cell.cell.options;
  json["flags"] = cell.flags;
  json["environment"] = cell.environment;
  return json;
}

}  // namespace

std::string CellJson(const CellResult& cell) {
  return DumpJson(CellObject(cell), 2) + "\n";
}

}  // namespace permille
