// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "report/report.h"

namespace permille {
namespace {

Json ToJson(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return Json::array({interval->low, interval->high});
}

template <class T>
Json Optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json ToJson(const Estimate& estimate, double factor = 1) {
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

Json Components(const CellResult& cell) {
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

Json Counts(const CountSummary& counts) {
  Json json{{"input_mean", counts.input_mean}};
  if (counts.output_mean) json["output_mean"] = *counts.output_mean;
  json["source"] = counts.source;
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
  json["components"] = Components(cell);
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
    json["latency_ms"] = {{"mean", cell.latency->mean_ms},
                          {"p50", cell.latency->p50_ms},
                          {"p90", cell.latency->p90_ms},
                          {"p99", cell.latency->p99_ms}};
  }
  if (cell.phases) {
    json["phases_ms"] = {{"preprocess", cell.phases->preprocess_ms},
                         {"forward", cell.phases->forward_ms},
                         {"postprocess", cell.phases->postprocess_ms}};
  }
  if (cell.tokens) json["tokens"] = Counts(*cell.tokens);
  if (cell.words) json["words"] = Counts(*cell.words);
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
  const GridIntensity& grid = cell.rules.grid;
  json["grid"] = {{"place", grid.place},
                  {"g_per_kwh", grid.intensity.value()},
                  {"year", Optional(grid.year)},
                  {"source", grid.source}};
  json["pue"] = cell.rules.pue;
  json["options"] = cell.cell.options;
  json["flags"] = cell.flags;
  json["environment"] = cell.environment;
  return json;
}

Json ReportCell(const CellResult& cell) {
  const auto kwh = [](const Estimate& estimate) { return ToJson(estimate, 1e-3); };
  Json json{{"task", cell.cell.task},
            {"dataset", cell.cell.dataset},
            {"variant", cell.cell.variant},
            {"model", cell.cell.model},
            {"engine", cell.cell.engine},
            {"weights", cell.cell.weights},
            {"n", cell.repeats},
            {"queries", cell.queries},
            {"energy_kwh", kwh(cell.energy_wh)},
            {"emissions_g", ToJson(cell.emissions_g)}};
  Json components = Json::object();
  for (const ComponentShare& share : cell.components) {
    const std::string name(Name(share.component));
    components[name] = components.value(name, 0.0) + share.wh_per_1000 * 1e-3;
  }
  json["components_kwh"] = std::move(components);
  json["components"] = Components(cell);
  json["seconds"] = cell.seconds_per_1000;
  json["load_kwh"] =
      cell.load && cell.load->energy_wh ? Json(*cell.load->energy_wh * 1e-3) : Json(nullptr);
  json["quality"] = QualityJson(cell);
  json["attribution_used"] = Name(cell.rules.attribution);
  json["accounting"] = Name(cell.rules.accounting);
  json["flags"] = cell.flags;
  return json;
}

}  // namespace

std::string CellJson(const CellResult& cell) {
  return DumpJson(CellObject(cell), 2) + "\n";
}

std::string StoreJson(std::span<const CellResult> cells) {
  Json json{{"schema", "permille.report/1"}, {"cells", Json::array()}};
  double kwh = 0;
  double grams = 0;
  double runs = 0;
  for (const CellResult& cell : cells) {
    json["cells"].push_back(ReportCell(cell));
    const double thousands = cell.queries * static_cast<double>(cell.repeats) / 1000;
    kwh += cell.energy_wh.mean * 1e-3 * thousands;
    grams += cell.emissions_g.mean * thousands;
    runs += static_cast<double>(cell.repeats);
  }
  json["totals"] = {
      {"runs", runs}, {"cells", cells.size()}, {"energy_kwh", kwh}, {"emissions_g", grams}};
  return DumpJson(json, 2) + "\n";
}

}  // namespace permille
