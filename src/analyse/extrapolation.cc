// SPDX-License-Identifier: Apache-2.0
#include "analyse/extrapolation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "analyse/data_table.h"
#include "base/csv.h"

namespace permille {
namespace {

std::optional<double> Fact(const RunRecord& run, const std::string& name) {
  const auto found = run.environment.find(name);
  return found == run.environment.end() ? std::nullopt : ParseNumber(found->second);
}

struct Passes {
  StepSpan steps;
  double done = 0;
  double usual = 0;
};

std::optional<Passes> PassesOf(const RunRecord& run) {
  const auto asked = run.environment.find("extrapolate");
  if (asked == run.environment.end() || asked->second != "steps") return std::nullopt;
  const auto from = Fact(run, "denoising_steps");
  const auto to = Fact(run, "usual_denoising_steps");
  const auto done = Fact(run, "denoising_passes");
  const auto usual = Fact(run, "usual_denoising_passes");
  if (!from || !to || !done || !usual || *done <= 0 || *usual <= *done) return std::nullopt;
  return Passes{{*from, *to}, *done, *usual};
}

void Scale(std::optional<double>& value, double factor) {
  if (value) *value *= factor;
}

void Scale(std::optional<Interval>& interval, double factor) {
  if (interval) interval = Interval{interval->low * factor, interval->high * factor};
}

/// The estimate of the scaled runs; the budget is that of the measured cell and its extrapolation.
Estimate ScaledEstimate(const std::vector<RunCost>& runs, double RunCost::*quantity,
                        const std::vector<BudgetTerm>& budget) {
  std::vector<double> values;
  for (const RunCost& run : runs) values.push_back(run.*quantity);
  return MakeEstimate(values, budget);
}

void ScaleRuns(CellResult& cell, const std::vector<double>& factors) {
  for (std::size_t i = 0; i < cell.runs.size() && i < factors.size(); ++i) {
    RunCost& run = cell.runs[i];
    run.wh *= factors[i];
    run.grams *= factors[i];
    run.seconds *= factors[i];
    Scale(run.machine_wh, factors[i]);
    Scale(run.device_wh, factors[i]);
    Scale(run.marginal_wh, factors[i]);
  }
}

}  // namespace

std::optional<StepScale> MoreSteps(std::span<const ReadableRun> runs) {
  StepScale scale;
  double fixed = 0;
  double whole = 0;
  double steepest = 1;
  for (const ReadableRun& run : runs) {
    const auto passes = PassesOf(*run.run);
    if (!passes) return std::nullopt;
    double latency = 0;
    double denoising = 0;
    for (const QueryRecord& query : run.run->query_records) {
      latency += query.latency.value();
      denoising += query.phases.decode.value();
    }
    if (latency <= 0 || denoising <= 0 || denoising > latency) return std::nullopt;
    const double more = passes->usual / passes->done;
    scale.steps = passes->steps;
    scale.factors.push_back((latency - denoising + denoising * more) / latency);
    fixed += latency - denoising;
    whole += latency;
    steepest = std::max(steepest, more);
  }
  scale.fixed_share = fixed / whole;
  // At most all joules are the denoiser's, and then they grow with its passes alone. The figure
  // lies between nothing of that and all of it: a rectangular distribution.
  const double factor = *Mean(scale.factors);
  scale.relative = (steepest - factor) / factor / std::sqrt(3.0);
  return scale;
}

std::optional<CellResult> Extrapolate(const CellResult& measured) {
  if (!measured.more_steps) return std::nullopt;
  const StepScale& scale = *measured.more_steps;
  CellResult cell = measured;
  cell.more_steps.reset();
  cell.extrapolated = scale.steps;
  cell.cell.variant = "extrapolated";
  cell.cell.key += fmt::format("-{:g}", scale.steps.to);
  ScaleRuns(cell, scale.factors);
  cell.budget.push_back({"extrapolation", scale.relative});
  cell.energy_wh = ScaledEstimate(cell.runs, &RunCost::wh, cell.budget);
  cell.emissions_g = ScaledEstimate(cell.runs, &RunCost::grams, cell.budget);
  const double factor =
      measured.energy_wh.mean > 0 ? cell.energy_wh.mean / measured.energy_wh.mean : 1;
  for (ComponentShare& share : cell.components) share.wh_per_1000 *= factor;
  for (std::optional<double>* wh : {&cell.machine_wh, &cell.device_wh, &cell.marginal_wh})
    Scale(*wh, factor);
  for (std::optional<double>& wh : cell.machine_wh_by_accounting) Scale(wh, factor);
  Scale(cell.device_bounds, factor);
  Scale(cell.sampling_wh, factor);
  // The baseline was not drawn out with the steps: its interval would be a guess.
  cell.marginal.reset();
  if (cell.marginal_refused.empty()) cell.marginal_refused = "extrapolated from fewer steps";
  cell.marginal_wh.reset();
  if (cell.gpus) Scale(cell.gpus->idle_wh, factor);
  if (cell.ram) cell.ram->wh *= factor;
  cell.seconds_per_1000 *= factor;
  if (cell.latency) {
    LatencySummary& latency = *cell.latency;
    for (double* ms : {&latency.mean_ms, &latency.p50_ms, &latency.p90_ms, &latency.p99_ms})
      *ms *= factor;
  }
  cell.phases.reset();
  if (cell.load && cell.load->breakeven_queries) *cell.load->breakeven_queries /= factor;
  cell.quality.reset();
  cell.also_quality.clear();
  cell.scores.clear();
  cell.flags.push_back("extrapolated");
  std::ranges::sort(cell.flags);
  return cell;
}

void AddExtrapolated(std::vector<CellResult>& cells) {
  std::vector<CellResult> all;
  for (CellResult& cell : cells) {
    auto more = Extrapolate(cell);
    if (more) {
      cell.in_study = false;
      cell.cell.variant = fmt::format("{:g} steps", cell.more_steps->steps.from);
    }
    all.push_back(std::move(cell));
    if (more) all.push_back(std::move(*more));
  }
  cells = std::move(all);
}

std::string ExtrapolationNote(const CellResult& cell) {
  if (!cell.extrapolated) return {};
  return fmt::format("extrapolated from {:g} to {:g} steps", cell.extrapolated->from,
                     cell.extrapolated->to);
}

void NoteExtrapolated(DataTable& table, const std::vector<CellResult>& cells) {
  const std::size_t at = FindColumn(table, "task");
  std::map<std::string, std::string> notes;
  for (const CellResult& cell : cells) {
    if (cell.in_study && cell.extrapolated) notes[cell.cell.task] = ExtrapolationNote(cell);
  }
  if (notes.empty() || at == table.columns.size()) return;
  const auto note = [&](const std::vector<DataValue>& row) {
    const auto* task = std::get_if<std::string>(&row[at]);
    const auto found = task == nullptr ? notes.end() : notes.find(*task);
    return found == notes.end() ? nullptr : &*found;
  };
  if (std::ranges::none_of(table.rows, note)) return;
  table.columns.push_back(PlainColumn("note"));
  for (auto& row : table.rows) {
    const auto* found = note(row);
    row.push_back(found == nullptr ? DataValue() : DataValue(found->second));
  }
  // A drawing has no column of notes; its title is read first.
  for (const auto& [task, text] : notes) table.title += fmt::format(" ({} {})", task, text);
}

}  // namespace permille
