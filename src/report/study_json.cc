// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "analyse/page_data.h"
#include "analyse/pooled.h"
#include "report/json_parts.h"
#include "report/report.h"
#include "report/table_text.h"

namespace permille {
namespace {

Json RowsOf(const DataTable& table) {
  return Json::parse(TableRowsJson(table));
}

Json Word(const std::string& text) {
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

/// How the joules of a cell are known, taken together: the least certain of them.
std::string_view ProvenanceOf(const CellResult& cell) {
  Provenance worst = Provenance::kMeasured;
  for (const ComponentShare& share : cell.components) worst = std::max(worst, share.provenance);
  return Name(worst);
}

Json Part(const std::optional<double>& wh, std::string_view provenance) {
  if (!wh) return nullptr;
  return {{"kwh", *wh * 1e-3}, {"provenance", provenance}};
}

Json AttributionJson(const CellResult& cell) {
  const bool split = cell.gpus && cell.gpus->used && *cell.gpus->used < cell.gpus->counted;
  const std::string_view known = ProvenanceOf(cell);
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
  json["attribution"] = AttributionJson(cell);
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

Json CellObject(const CellResult& cell) {
  Json json{{"key", cell.cell.key},
            {"task", cell.cell.task},
            {"dataset", cell.cell.dataset},
            {"variant", cell.cell.variant},
            {"model", cell.cell.model},
            {"engine", cell.cell.engine},
            {"weights", cell.cell.weights},
            {"modality", Word(cell.modality)},
            {"class", Word(cell.model_class)},
            {"purpose", Word(cell.purpose)},
            {"parameters", Optional(cell.parameters)},
            {"in_study", cell.in_study},
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
  json["self_check"] = RowsOf(report.self_check);
  const Json totals = RowsOf(report.totals);
  json["totals"] = totals.empty() ? Json::object() : totals[0];
  json["cells"] = Json::array();
  for (const CellResult& cell : report.cells) json["cells"].push_back(CellObject(cell));
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

}  // namespace

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

DataTable CellsTable(const StudyReport& report) {
  DataTable table{"cells", "Cells", "Per 1,000 queries, of the query window.", {}, {}};
  for (const char* key : {"task", "dataset", "variant", "model", "class", "purpose", "parameters",
                          "engine", "weights", "in_study"})
    table.columns.push_back(PlainColumn(key));
  AddStatsColumns(table, "energy_kwh", "energy, kWh");
  AddStatsColumns(table, "emissions_g", "carbon, gCO2e");
  for (const char* key : {"machine_kwh", "device_kwh", "marginal_kwh", "gpu_kwh", "cpu_kwh",
                          "ram_kwh", "provenance", "seconds", "load_kwh", "flags"})
    table.columns.push_back(PlainColumn(key));
  for (const CellResult& cell : report.cells) {
    const CellResult* one[] = {&cell};
    std::vector<DataValue> row = {permille::Word(cell.cell.task),
                                  permille::Word(cell.cell.dataset),
                                  permille::Word(cell.cell.variant),
                                  cell.cell.model,
                                  permille::Word(cell.model_class),
                                  permille::Word(cell.purpose),
                                  Maybe(cell.parameters),
                                  cell.cell.engine,
                                  permille::Word(cell.cell.weights),
                                  cell.in_study};
    AddStats(row, Pool(one, kEnergyKwh));
    AddStats(row, Pool(one, kEmissionsGrams));
    const auto kwh = [&row](std::optional<double> wh) {
      if (wh) *wh *= 1e-3;
      row.push_back(Maybe(wh));
    };
    kwh(cell.machine_wh);
    kwh(cell.device_wh);
    kwh(cell.marginal_wh);
    for (const Component component : {Component::kGpu, Component::kCpu, Component::kRam}) {
      std::optional<double> wh;
      for (const ComponentShare& share : cell.components) {
        if (share.component == component) wh = wh.value_or(0) + share.wh_per_1000;
      }
      kwh(wh);
    }
    row.push_back(std::string(ProvenanceOf(cell)));
    row.push_back(cell.seconds_per_1000);
    kwh(cell.load ? cell.load->energy_wh : std::nullopt);
    row.push_back(cell.flags);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace permille
