// SPDX-License-Identifier: Apache-2.0
#include "analyse/analyse.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "analyse/cell_energy.h"
#include "analyse/cell_quality.h"
#include "base/hash.h"
#include "carbon/carbon.h"
#include "catalog/catalog.h"
#include "store/store.h"

namespace permille {
namespace {

using Runs = std::vector<ReadableRun>;

std::vector<RunEnergy> EnergiesOf(const Runs& runs, Accounting accounting,
                                  Attribution attribution) {
  std::vector<RunEnergy> out;
  for (const ReadableRun& run : runs) out.push_back(QueryEnergy(run, accounting, attribution));
  return out;
}

std::vector<double> WattHours(std::span<const RunEnergy> runs) {
  std::vector<double> out;
  for (const RunEnergy& run : runs) out.push_back(ToWh(run.total));
  return out;
}

std::optional<double> MeanWh(std::span<const RunEnergy> runs) {
  const bool any =
      std::ranges::any_of(runs, [](const RunEnergy& run) { return !run.channels.empty(); });
  return any ? Mean(WattHours(runs)) : std::nullopt;
}

const Window* QueryWindow(const RunRecord& run) {
  const auto found = std::ranges::find(run.windows, Phase::kQuery, &Window::phase);
  return found == run.windows.end() ? nullptr : &*found;
}

// Marginal energy of every repeat with its budget. A source that reads 2 % too much does so for the
// baseline as well, so its relative uncertainty stays; everything else keeps its joules, and weighs
// more in what is left.
void FillMarginal(CellResult& cell, const Runs& runs, Accounting accounting,
                  std::vector<RunEnergy>& marginal) {
  cell.marginal_refused = MarginalRefusal(runs);
  if (!cell.marginal_refused.empty()) return;
  double drift_sum = 0;
  for (const ReadableRun& run : runs) {
    Joules drift;
    if (auto energy = MarginalEnergy(run, accounting, drift))
      marginal.push_back(std::move(*energy));
    drift_sum += ToWh(drift);
  }
  const auto device = EnergiesOf(runs, accounting, Attribution::kDevice);
  const std::vector<double> values = WattHours(marginal);
  const double mean = Mean(values).value_or(0);
  const double amplified = mean == 0 ? 0 : std::abs(Mean(WattHours(device)).value_or(0) / mean);
  std::vector<BudgetTerm> terms = SourceTerms(device);
  for (BudgetTerm& term : terms) {
    if (!term.name.starts_with("source:")) term.relative *= amplified;
  }
  const double n = static_cast<double>(runs.size());
  if (mean != 0) terms.push_back({"baseline", drift_sum / n / std::abs(mean)});
  cell.marginal = MakeEstimate(values, terms);
  cell.marginal_wh = cell.marginal->mean;
  if (cell.attribution_used == Attribution::kMarginal) cell.budget = std::move(terms);
}

std::vector<ComponentShare> Components(std::span<const RunEnergy> runs) {
  std::vector<ComponentShare> shares;
  for (const RunEnergy& run : runs) {
    for (const ChannelEnergy& channel : run.channels) {
      auto share = std::ranges::find(shares, channel.channel->id, &ComponentShare::channel);
      if (share == shares.end()) {
        shares.push_back({channel.channel->component, channel.channel->id, channel.provenance,
                          channel.channel->source, channel.rule, channel.channel->use, 0,
                          channel.coverage});
        share = shares.end() - 1;
      }
      share->wh_per_1000 += ToWh(channel.energy) / static_cast<double>(runs.size());
      share->coverage = std::min(share->coverage, channel.coverage);
    }
  }
  return shares;
}

std::optional<LoadCost> LoadOf(const Runs& runs, const AnalyseOptions& options,
                               Attribution attribution, double wh_per_1000) {
  std::vector<double> wh;
  std::vector<double> seconds;
  for (const ReadableRun& run : runs) {
    for (const Window& window : run.run->windows) {
      if (window.phase != Phase::kLoad) continue;
      seconds.push_back(window.duration.value());
      Joules energy;
      const auto channels = EnergiesIn(run, window, options.accounting, attribution);
      for (const ChannelEnergy& channel : channels) energy += channel.energy;
      if (!channels.empty()) wh.push_back(ToWh(energy));
    }
  }
  if (seconds.empty()) return std::nullopt;
  LoadCost load;
  load.seconds = *Mean(seconds);
  load.energy_wh = Mean(wh);
  if (load.energy_wh && wh_per_1000 > 0)
    load.breakeven_queries = *load.energy_wh / (wh_per_1000 / 1000);
  return load;
}

void FillTimes(CellResult& cell, const Runs& runs) {
  std::vector<double> latency;
  std::vector<double> input;
  std::vector<double> output;
  std::vector<double> words;
  PhaseSummary phases;
  double seconds = 0;
  double queries = 0;
  for (const auto& [run, machine] : runs) {
    if (const Window* window = QueryWindow(*run)) seconds += window->duration.value();
    queries += static_cast<double>(run->queries);
    for (const QueryRecord& query : run->query_records) {
      latency.push_back(query.latency.value() * 1e3);
      if (query.input_tokens > 0) input.push_back(static_cast<double>(query.input_tokens));
      if (query.output_tokens > 0) output.push_back(static_cast<double>(query.output_tokens));
      if (query.sample < run->samples.size())
        words.push_back(static_cast<double>(run->samples[query.sample].words));
      phases.preprocess_ms += query.phases.preprocess.value() * 1e3;
      phases.forward_ms += query.phases.forward.value() * 1e3;
      phases.postprocess_ms += query.phases.postprocess.value() * 1e3;
    }
  }
  cell.queries = queries / static_cast<double>(runs.size());
  if (queries > 0) cell.seconds_per_1000 = seconds / queries * 1000;
  if (latency.empty()) return;
  cell.latency = LatencySummary{*Mean(latency), *Quantile(latency, 0.5), *Quantile(latency, 0.9),
                                *Quantile(latency, 0.99)};
  const double n = static_cast<double>(latency.size());
  if (phases.forward_ms > 0) {
    cell.phases =
        PhaseSummary{phases.preprocess_ms / n, phases.forward_ms / n, phases.postprocess_ms / n};
  }
  if (!input.empty()) cell.tokens = CountSummary{*Mean(input), Mean(output), cell.cell.tokens};
  if (cell.cell.engine != "exec" && !words.empty())
    cell.words = CountSummary{*Mean(words), std::nullopt, "whitespace"};
}

std::vector<std::string> FlagsOf(const Runs& runs) {
  std::set<std::string> flags;
  for (const auto& [run, machine] : runs) {
    flags.insert(run->flags.begin(), run->flags.end());
    for (const Window& window : run->windows) {
      // What happened while idle or loading matters to the baseline, and is told there.
      if (window.phase != Phase::kQuery) continue;
      flags.insert(window.flags.begin(), window.flags.end());
      for (std::string& flag : CrossCheckFlags(run->channels, window))
        flags.insert(std::move(flag));
    }
  }
  if (runs.size() == 1) flags.insert("single_repeat");
  if (runs.front().run->cell.weights == "random") flags.insert("weights_effect_unknown");
  return {flags.begin(), flags.end()};
}

Estimate Scaled(const Estimate& estimate, double factor) {
  Estimate out = estimate;
  out.mean *= factor;
  if (out.std) *out.std *= factor;
  for (auto* interval : {&out.repeatability, &out.expanded}) {
    if (*interval) **interval = Interval{(*interval)->low * factor, (*interval)->high * factor};
  }
  return out;
}

Result<CellResult> AnalyseCell(const Runs& runs, const AnalyseOptions& options) {
  CellResult cell;
  cell.cell = runs.front().run->cell;
  cell.repeats = runs.size();
  cell.options = options;
  cell.environment = runs.front().run->environment;
  // The CodeCarbon rules have one attribution: everything it reads.
  const bool native = options.accounting == Accounting::kNative;
  cell.attribution_used = native ? options.attribution : Attribution::kMachine;
  const bool marginal = cell.attribution_used == Attribution::kMarginal;
  const Attribution base = marginal ? Attribution::kDevice : cell.attribution_used;

  const auto energies = EnergiesOf(runs, options.accounting, base);
  if (!MeanWh(energies)) {
    return Fail(ErrorCode::kUnavailable,
                "{} on {}: no meter gave a single joule in the query window (see permille doctor)",
                cell.cell.model, cell.cell.dataset.empty() ? "exec" : cell.cell.dataset);
  }
  cell.budget = SourceTerms(energies);
  cell.energy_wh = MakeEstimate(WattHours(energies), cell.budget);
  cell.components = Components(energies);
  cell.machine_wh = MeanWh(EnergiesOf(runs, options.accounting, Attribution::kMachine));
  std::vector<RunEnergy> above;
  if (native) {
    cell.device_wh = MeanWh(EnergiesOf(runs, options.accounting, Attribution::kDevice));
    FillMarginal(cell, runs, options.accounting, above);
  } else {
    cell.marginal_refused =
        fmt::format("the rules of {} know the whole machine alone", Name(options.accounting));
  }
  if (marginal) {
    if (!cell.marginal) {
      return Fail(ErrorCode::kUnavailable, "--attribution marginal: refused: {}",
                  cell.marginal_refused);
    }
    cell.components = Components(above);
    cell.energy_wh = *cell.marginal;
  }
  const double grams_per_wh =
      Emissions(Joules(kJoulesPerWh), options.grid.intensity, options.pue).value();
  cell.emissions_g = Scaled(cell.energy_wh, grams_per_wh);
  cell.load = LoadOf(runs, options, base, cell.energy_wh.mean);
  FillTimes(cell, runs);
  FillQuality(cell, *runs.front().run);
  cell.flags = FlagsOf(runs);
  return cell;
}

}  // namespace

std::string_view Name(Attribution attribution) {
  switch (attribution) {
    case Attribution::kMachine:
      return "machine";
    case Attribution::kDevice:
      return "device";
    case Attribution::kMarginal:
      return "marginal";
  }
  return "device";
}

Result<Attribution> ParseAttribution(std::string_view name) {
  for (const Attribution value :
       {Attribution::kMachine, Attribution::kDevice, Attribution::kMarginal}) {
    if (name == Name(value)) return value;
  }
  return Fail(ErrorCode::kInvalid, "--attribution: '{}' is none of machine, device, marginal",
              name);
}

Result<std::vector<CellResult>> AnalyseRuns(std::span<const RunRecord> runs,
                                            const AnalyseOptions& options) {
  PERMILLE_ASSIGN(const auto processors, LoadCpuPower());
  std::vector<Runs> cells;
  std::map<std::string, std::size_t> index;
  for (const RunRecord& run : runs) {
    const auto [place, fresh] = index.emplace(run.cell.key, cells.size());
    if (fresh) cells.emplace_back();
    cells[place->second].push_back(MakeReadable(run, processors));
  }
  std::vector<CellResult> results;
  for (const Runs& cell : cells) {
    PERMILLE_ASSIGN(auto result, AnalyseCell(cell, options));
    results.push_back(std::move(result));
  }
  return results;
}

Result<std::vector<CellResult>> AnalyseStore(const std::string& path, const AnalyseOptions& options,
                                             const std::vector<std::string>& run_ids) {
  PERMILLE_ASSIGN(const auto store, Store::Open(path, OpenMode::kRead));
  PERMILLE_ASSIGN(const auto summaries, store->List());
  std::vector<RunRecord> runs;
  for (const RunSummary& summary : summaries) {
    const bool wanted =
        run_ids.empty() || std::ranges::find(run_ids, summary.run_id) != run_ids.end();
    if (!wanted) continue;
    PERMILLE_ASSIGN(auto run, store->Read(summary.run_id));
    runs.push_back(std::move(run));
  }
  if (runs.empty()) return Fail(ErrorCode::kNotFound, "{}: the store holds no finished run", path);
  return AnalyseRuns(runs, options);
}

}  // namespace permille
