// SPDX-License-Identifier: Apache-2.0
#include "analyse/derived.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyse/pooled.h"
#include "analyse/study_tables.h"
#include "carbon/equivalents.h"
#include "carbon/sci.h"

namespace permille {
namespace {

constexpr double kRates[] = {0.1, 1, 10, 100};

DataTable Begin(std::string id, std::string title, std::string caption) {
  DataTable table{std::move(id), std::move(title), std::move(caption), {}, {}};
  for (const char* key : {"task", "dataset", "variant", "model"})
    table.columns.push_back(PlainColumn(key));
  return table;
}

void AddColumns(DataTable& table, std::initializer_list<const char*> keys) {
  for (const char* key : keys) table.columns.push_back(PlainColumn(key));
}

std::vector<DataValue> Who(const CellResult& cell) {
  return {Word(cell.cell.task), Word(cell.cell.dataset), Word(cell.cell.variant), cell.cell.model};
}

DataValue Over(double joules, std::optional<double> count) {
  if (!count || *count <= 0) return std::monostate();
  return joules / *count;
}

Joules Of1000(const CellResult& cell) {
  return Joules(cell.energy_wh.mean * kJoulesPerWh);
}

bool HasImages(const CellResult& cell) {
  return cell.modality.find("image") != std::string::npos;
}

/// Whether one is as good and as cheap as the other, and better in one of the two.
bool Beats(const CellResult& one, double quality, const CellResult& other, double other_quality) {
  const bool as_good = quality >= other_quality && one.energy_wh.mean <= other.energy_wh.mean;
  return as_good && (quality > other_quality || one.energy_wh.mean < other.energy_wh.mean);
}

}  // namespace

DataTable NormalisedTable(const std::vector<CellResult>& cells) {
  DataTable table =
      Begin("normalised", "Joules by what was processed",
            "Of one query, divided by the mean length of its input or output. unit: what lengths "
            "are counted in; per_image: where a query has or makes an image.");
  AddColumns(table, {"joules_per_query", "unit", "joules_per_input_unit", "joules_per_output_unit",
                     "joules_per_image", "lengths_from"});
  for (const CellResult& cell : cells) {
    const double joules = Of1000(cell).value() / 1000;
    const auto [counts, unit] = LengthsOf(cell);
    std::vector<DataValue> row = Who(cell);
    row.push_back(joules);
    row.push_back(Word(unit));
    row.push_back(counts == nullptr ? DataValue() : Over(joules, counts->input_mean));
    row.push_back(counts == nullptr ? DataValue() : Over(joules, counts->output_mean));
    row.push_back(HasImages(cell) ? DataValue(joules) : DataValue());
    row.push_back(Word(counts == nullptr ? std::string() : counts->source));
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable FootprintTable(const std::vector<CellResult>& cells, const DerivedOptions& options) {
  std::string caption = "Per 1,000 queries. SCI: ISO/IEC 21031, ((E x I) + M) / R.";
  caption +=
      options.hardware
          ? fmt::format(" embodied_g: {}, {:.0f} kg over {:.1f} years at {:.0f} % use.",
                        options.hardware_name, options.hardware->embodied.value() / 1000,
                        options.hardware->lifetime / kYear, 100 * options.hardware->utilisation)
          : " embodied_g and sci_g: unknown without --embodied.";
  caption += options.wue ? fmt::format(" litres: on site, at {:g} L/kWh.", options.wue->value())
                         : " litres: unknown without --wue.";
  DataTable table = Begin("footprint", "Footprint of 1,000 queries", caption);
  AddColumns(table, {"kwh", "use_g", "embodied_g", "sci_g", "litres"});
  for (const CellResult& cell : cells) {
    std::optional<double> embodied;
    std::optional<double> sci;
    std::optional<double> litres;
    if (options.hardware) {
      const auto share = EmbodiedShare(*options.hardware, Seconds(cell.seconds_per_1000));
      if (share) embodied = share->value();
      const auto score =
          share ? Sci({Of1000(cell) * cell.rules.pue, cell.rules.grid.intensity, *share, 1000})
                : Result<GramsCo2e>(Fail(share.error()));
      if (score) sci = score->value();
    }
    if (options.wue) litres = SiteWater(Of1000(cell), *options.wue).value();
    std::vector<DataValue> row = Who(cell);
    for (DataValue value : {DataValue(cell.energy_wh.mean * 1e-3), DataValue(cell.emissions_g.mean),
                            Maybe(embodied), Maybe(sci), Maybe(litres)})
      row.push_back(std::move(value));
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable EquivalentsTable(const std::vector<CellResult>& cells) {
  DataTable table = Begin("equivalents", "1,000 queries in everyday terms", "");
  for (const Equivalent& one : Equivalents()) {
    table.columns.push_back(PlainColumn(std::string(one.name)));
    table.caption +=
        fmt::format("{}{}: {}", table.caption.empty() ? "" : ". ", one.name, one.source);
  }
  for (const CellResult& cell : cells) {
    std::vector<DataValue> row = Who(cell);
    for (const Equivalent& one : Equivalents())
      row.push_back(CountOf(one, Of1000(cell), GramsCo2e(cell.emissions_g.mean)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable RateTable(const std::vector<CellResult>& cells) {
  DataTable table = Begin(
      "rate", "Joules of a query by request rate",
      "e + P / r: the work of a query (marginal), and what the idle machine draws more with the "
      "model loaded than without, shared among those that come in a second. Above the rate that "
      "one machine serves: not applicable.");
  AddColumns(table, {"work_j", "residency_w"});
  for (const double rate : kRates)
    table.columns.push_back(
        {{"joules_at", fmt::format("{:g}", rate)}, fmt::format("at {:g}/s, J", rate)});
  for (const CellResult& cell : cells) {
    // Without the marginal figure the residency of the busy time would count twice.
    if (!cell.residency || !cell.marginal_wh || cell.seconds_per_1000 <= 0) continue;
    const double most = 1000 / cell.seconds_per_1000;
    const double work = *cell.marginal_wh * kJoulesPerWh / 1000;
    std::vector<DataValue> row = Who(cell);
    row.push_back(work);
    row.push_back(cell.residency->value());
    for (const double rate : kRates)
      row.push_back(rate > most ? DataValue() : DataValue(work + cell.residency->value() / rate));
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable ParetoTable(const std::vector<CellResult>& cells) {
  DataTable table =
      Begin("pareto", "Models that none beats in quality and energy both",
            "Within a task, dataset and metric. same_queries: whether the score is of the very "
            "queries whose energy was metered.");
  AddColumns(table, {"metric", "value", "kwh", "same_queries"});
  struct Scored {
    const CellResult* cell;
    const CellScore* score;
  };
  std::vector<Scored> scored;
  for (const CellResult& cell : cells) {
    for (const CellScore& score : cell.scores) scored.push_back({&cell, &score});
  }
  for (const Scored& one : scored) {
    const bool beaten = std::ranges::any_of(scored, [&](const Scored& other) {
      return other.cell->cell.task == one.cell->cell.task &&
             other.cell->cell.dataset == one.cell->cell.dataset &&
             other.score->metric == one.score->metric &&
             Beats(*other.cell, other.score->value, *one.cell, one.score->value);
    });
    if (beaten) continue;
    std::vector<DataValue> row = Who(*one.cell);
    for (DataValue value :
         {DataValue(one.score->metric), DataValue(one.score->value),
          DataValue(one.cell->energy_wh.mean * 1e-3), DataValue(one.score->same_queries)})
      row.push_back(std::move(value));
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable LoadTable(const std::vector<CellResult>& cells) {
  DataTable table =
      Begin("load", "Loading a model",
            "Of one load. breakeven_queries: after so many queries have cost as much.");
  AddColumns(table, {"load_kwh", "load_seconds", "kwh_per_1000", "breakeven_queries"});
  for (const CellResult& cell : cells) {
    if (!cell.load) continue;
    std::optional<double> kwh = cell.load->energy_wh;
    if (kwh) *kwh *= 1e-3;
    std::vector<DataValue> row = Who(cell);
    for (DataValue value :
         {Maybe(kwh), DataValue(cell.load->seconds), DataValue(cell.energy_wh.mean * 1e-3),
          Maybe(cell.load->breakeven_queries)})
      row.push_back(std::move(value));
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable AttributionTable(const std::vector<CellResult>& cells) {
  DataTable table = Begin(
      "attribution", "Whose energy it is, and by whose rules",
      "kWh per 1,000 queries. machine: everything read; device: what the work used; marginal: "
      "above the loaded, idle machine. idle_gpus: read and not used, within machine: an "
      "estimate, with device_low and device_high as its bounds. native and codecarbon: the "
      "whole machine under each set of rules.");
  AddColumns(table, {"machine", "device", "device_low", "device_high", "marginal", "idle_gpus",
                     "native", "codecarbon-2.3.1", "codecarbon-3", "note"});
  const auto kwh = [](std::optional<double> wh) -> DataValue {
    if (!wh) return std::monostate();
    return *wh * 1e-3;
  };
  for (const CellResult& cell : cells) {
    std::vector<DataValue> row = Who(cell);
    row.push_back(kwh(cell.machine_wh));
    row.push_back(kwh(cell.device_wh));
    row.push_back(cell.device_bounds ? kwh(cell.device_bounds->low) : DataValue());
    row.push_back(cell.device_bounds ? kwh(cell.device_bounds->high) : DataValue());
    row.push_back(kwh(cell.marginal_wh));
    row.push_back(cell.gpus ? kwh(cell.gpus->idle_wh) : DataValue());
    for (const std::optional<double>& wh : cell.machine_wh_by_accounting) row.push_back(kwh(wh));
    std::string note = cell.device_note;
    if (!cell.marginal_wh && !cell.marginal_refused.empty())
      note += (note.empty() ? "" : "; ") + ("no marginal: " + cell.marginal_refused);
    row.push_back(Word(note));
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable IntervalsTable(const std::vector<CellResult>& cells) {
  DataTable table = Begin(
      "intervals", "How sure",
      "kWh per 1,000 queries. repeatability: 95 %, over repeats on this machine; sampling: 95 "
      "%, over the samples there might have been (bootstrap over latencies); expanded: k = 2, "
      "with what sources and rules may be wrong by. budget: relative standard uncertainties.");
  AddColumns(table, {"kwh", "n", "repeatability", "sampling", "expanded", "budget"});
  const auto kwh = [](const std::optional<Interval>& wh) -> DataValue {
    if (!wh) return std::monostate();
    return Interval{wh->low * 1e-3, wh->high * 1e-3};
  };
  for (const CellResult& cell : cells) {
    std::vector<std::string> budget;
    for (const BudgetTerm& term : cell.budget)
      budget.push_back(fmt::format("{} {:.2g} %", term.name, 100 * term.relative));
    std::vector<DataValue> row = Who(cell);
    row.push_back(cell.energy_wh.mean * 1e-3);
    row.push_back(static_cast<double>(cell.repeats));
    row.push_back(kwh(cell.energy_wh.repeatability));
    row.push_back(kwh(cell.sampling_wh));
    row.push_back(kwh(cell.energy_wh.expanded));
    row.push_back(budget);
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<DataTable> DerivedTables(const std::vector<CellResult>& cells,
                                     const DerivedOptions& options) {
  return {AttributionTable(cells), IntervalsTable(cells),
          NormalisedTable(cells),  FootprintTable(cells, options),
          EquivalentsTable(cells), RateTable(cells),
          ParetoTable(cells),      LoadTable(cells)};
}

}  // namespace permille
