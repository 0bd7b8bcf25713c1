// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "analyse/page_data.h"
#include "analyse/pooled.h"
#include "base/json.h"
#include "record/record_json.h"
#include "report/report.h"
#include "report/table_text.h"

namespace permille {
namespace {

template <class T>
Json Optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json ToJson(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  return Json::array({interval->low, interval->high});
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
  Json json;
  const auto add = [&json](const Quality& quality) {
    json[quality.metric] = {{"value", quality.value},
                            {"ci95", {quality.ci95.low, quality.ci95.high}},
                            {"samples", quality.samples}};
  };
  add(*cell.quality);
  std::ranges::for_each(cell.also_quality, add);
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

Json StepsJson(const std::optional<StepSpan>& steps) {
  return steps ? Json{{"from", steps->from}, {"to", steps->to}} : Json(nullptr);
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
  json["extrapolated"] = StepsJson(cell.extrapolated);
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

Json RowsOf(const DataTable& table) {
  return Json::parse(TableRowsJson(table));
}

Json WordJson(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json StatsJson(const CellResult& cell, const Quantifier& quantity) {
  const CellResult* one[] = {&cell};
  const Pooled pooled = Pool(one, quantity);
  const Estimate& estimate = quantity.of_cell(cell);
  Json json = ToJson(estimate, quantity.factor);
  json["median"] = Optional(pooled.median);
  json["min"] = pooled.min;
  json["max"] = pooled.max;
  json["n"] = pooled.n;
  return json;
}

Json Part(const std::optional<double>& wh, std::string_view provenance) {
  if (!wh) return nullptr;
  return {{"kwh", *wh * 1e-3}, {"provenance", provenance}};
}

Json AttributionParts(const CellResult& cell) {
  const bool split = cell.gpus && cell.gpus->used && *cell.gpus->used < cell.gpus->counted;
  const std::string_view known = ProvenanceName(cell);
  Json json{{"machine", Part(cell.machine_wh, known)},
            {"device", Part(cell.device_wh, split ? Name(Provenance::kModelled) : known)},
            {"marginal", Part(cell.marginal_wh, split ? Name(Provenance::kModelled) : known)}};
  if (cell.device_bounds && cell.device_wh) {
    json["device"]["low"] = cell.device_bounds->low * 1e-3;
    json["device"]["high"] = cell.device_bounds->high * 1e-3;
  }
  if (!cell.device_note.empty()) json["note"] = cell.device_note;
  if (!cell.marginal_wh) json["marginal_refused"] = cell.marginal_refused;
  if (cell.marginal && cell.marginal->expanded) {
    json["marginal"]["low"] = cell.marginal->expanded->low * 1e-3;
    json["marginal"]["high"] = cell.marginal->expanded->high * 1e-3;
  }
  return json;
}

Json QualityList(const CellResult& cell) {
  Json list = Json::array();
  for (const CellScore& score : cell.scores) {
    list.push_back({{"metric", score.metric},
                    {"value", score.value},
                    {"ci95", ToJson(score.ci95)},
                    {"same_queries", score.same_queries},
                    {"source", score.source}});
  }
  return list;
}

void AddLoad(Json& json, const CellResult& cell) {
  const bool energy = cell.load && cell.load->energy_wh;
  json["load_kwh"] = energy ? Json(*cell.load->energy_wh * 1e-3) : Json(nullptr);
  json["load_seconds"] = cell.load ? Json(cell.load->seconds) : Json(nullptr);
  json["load_breakeven_queries"] =
      cell.load ? Optional(cell.load->breakeven_queries) : Json(nullptr);
}

void AddShares(Json& json, const CellResult& cell) {
  Json components = Json::object();
  for (const ComponentShare& share : cell.components) {
    const std::string name(Name(share.component));
    components[name] = components.value(name, 0.0) + share.wh_per_1000 * 1e-3;
  }
  json["components_kwh"] = std::move(components);
  json["components"] = ComponentsJson(cell);
  json["attribution"] = AttributionParts(cell);
  json["gpus"] = nullptr;
  if (cell.gpus) {
    json["gpus"] = {
        {"counted", cell.gpus->counted},
        {"used", Optional(cell.gpus->used)},
        {"idle_kwh", cell.gpus->idle_wh ? Json(*cell.gpus->idle_wh * 1e-3) : Json(nullptr)}};
  }
  json["ram"] =
      cell.ram ? Json{{"bytes", cell.ram->bytes}, {"kwh", cell.ram->wh * 1e-3}} : Json(nullptr);
}

Json ReportCell(const CellResult& cell) {
  Json json{{"key", cell.cell.key},
            {"task", cell.cell.task},
            {"dataset", cell.cell.dataset},
            {"variant", cell.cell.variant},
            {"model", cell.cell.model},
            {"engine", cell.cell.engine},
            {"weights", cell.cell.weights},
            {"modality", WordJson(cell.modality)},
            {"class", WordJson(cell.model_class)},
            {"purpose", WordJson(cell.purpose)},
            {"parameters", Optional(cell.parameters)},
            {"in_study", cell.in_study},
            {"extrapolated", StepsJson(cell.extrapolated)},
            {"n", cell.repeats},
            {"queries", cell.queries},
            {"energy_kwh", StatsJson(cell, kEnergyKwh)},
            {"emissions_g", StatsJson(cell, kEmissionsGrams)},
            {"g_per_kwh", cell.rules.grid.intensity.value()}};
  AddShares(json, cell);
  json["seconds"] = cell.seconds_per_1000;
  AddLoad(json, cell);
  json["latency_ms"] = cell.latency ? LatencyJson(*cell.latency) : Json(nullptr);
  json["sampling_ci95_kwh"] = nullptr;
  if (cell.sampling_wh)
    json["sampling_ci95_kwh"] = {cell.sampling_wh->low * 1e-3, cell.sampling_wh->high * 1e-3};
  json["residency_w"] = cell.residency ? Json(cell.residency->value()) : Json(nullptr);
  json["words"] = cell.words ? CountsJson(*cell.words) : Json(nullptr);
  json["tokens"] = cell.tokens ? CountsJson(*cell.tokens) : Json(nullptr);
  json["quality"] = QualityList(cell);
  json["attribution_used"] = Name(cell.rules.attribution);
  json["accounting"] = Name(cell.rules.accounting);
  json["flags"] = cell.flags;
  return json;
}

Json ReportObject(const StudyReport& report) {
  Json json{{"schema", "permille.report/1"},
            {"title", report.title},
            {"store", report.store},
            {"permille", PERMILLE_VERSION},
            {"rules",
             {{"attribution", Name(report.rules.attribution)},
              {"accounting", Name(report.rules.accounting)},
              {"grid", GridJson(report.rules.grid)},
              {"pue", report.rules.pue}}}};
  for (const DataTable& table : report.tables)
    json["tables"][table.id.substr(table.id.find('-') + 1)] = RowsOf(table);
  for (const DataTable& figure : report.figures)
    json["figures"][figure.id.substr(figure.id.find('-') + 1)] = RowsOf(figure);
  json["claims"] = RowsOf(report.claims);
  json["parity"] = RowsOf(report.parity);
  json["beside_study"] = RowsOf(report.beside_study);
  json["self_check"] = RowsOf(report.self_check);
  const Json totals = RowsOf(report.totals);
  json["totals"] = totals.empty() ? Json::object() : totals[0];
  json["cells"] = Json::array();
  for (const CellResult& cell : report.cells) json["cells"].push_back(ReportCell(cell));
  return json;
}

/// Keep seven digits of every number that is not whole: more than any page shows, in half the
/// space.
void Shorten(Json& json) {
  if (json.is_number_float()) {
    const double value = json.get<double>();
    if (std::isfinite(value) && value != std::floor(value))
      json = std::strtod(fmt::format("{:.7g}", value).c_str(), nullptr);
  } else if (json.is_structured()) {
    for (Json& part : json) Shorten(part);
  }
}

/// Each prediction as the record keeps it, with the id and the reference of its sample.
Json PredictionsJson(const RunRecord& run) {
  Json record = Json::parse(ToJson(run), nullptr, false);
  Json list = Json::array();
  const Json& samples = record["samples"];
  for (Json& entry : record["predictions"]) {
    const std::size_t sample = entry.value("sample", std::size_t{0});
    Json shown = std::move(entry["prediction"]);
    shown["id"] = samples.at(sample)["id"];
    if (samples.at(sample).contains("reference")) {
      shown["reference"] = samples.at(sample)["reference"];
    }
    list.push_back(std::move(shown));
  }
  return list;
}

}  // namespace

std::string CellJson(const CellResult& cell, const RunRecord* shown) {
  Json json = CellObject(cell);
  if (shown != nullptr) json["predictions"] = PredictionsJson(*shown);
  return DumpJson(json, 2) + "\n";
}

std::string StudyJson(const StudyReport& report) {
  return DumpJson(ReportObject(report), 2) + "\n";
}

Result<std::string> PageJson(const StudyReport& report) {
  PERMILLE_ASSIGN(const auto tables, PageData());
  Json json = ReportObject(report);
  // The page draws its figures from the cells, but for the lengths that Figure 6 alone has.
  for (const char* figure : {"1", "2", "3", "4", "5"}) json["figures"].erase(figure);
  for (const DataTable& table : tables) json[table.id] = RowsOf(table);
  Shorten(json);
  return DumpJson(json, -1);
}

}  // namespace permille
