// SPDX-License-Identifier: Apache-2.0
#include "analyse/analyse.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "analyse/cell_energy.h"
#include "analyse/cell_quality.h"
#include "analyse/extrapolation.h"
#include "analyse/imported_energy.h"
#include "analyse/read_store.h"
#include "analyse/sampling_interval.h"
#include "base/csv.h"
#include "carbon/carbon.h"
#include "catalog/catalog.h"

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
  // Of an imported log only the GPUs' counters are in it: the constants have cancelled.
  const bool imported = IsImported(*runs.front().run);
  std::vector<BudgetTerm> terms = SourceTerms(imported ? marginal : device);
  for (BudgetTerm& term : terms) {
    if (!imported && !term.name.starts_with("source:")) term.relative *= amplified;
  }
  const double n = static_cast<double>(runs.size());
  if (mean != 0) terms.push_back({"baseline", drift_sum / n / std::abs(mean)});
  cell.marginal = MakeEstimate(values, terms);
  cell.marginal_wh = cell.marginal->mean;
  if (cell.rules.attribution == Attribution::kMarginal) cell.budget = std::move(terms);
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

/// Energy of one load of a run, all its load windows together.
std::optional<Joules> LoadEnergy(const ReadableRun& run, Accounting accounting,
                                 Attribution attribution) {
  std::optional<Joules> sum;
  for (const Window& window : run.run->windows) {
    if (window.phase != Phase::kLoad) continue;
    for (const ChannelEnergy& channel : EnergiesIn(run, window, accounting, attribution))
      sum = sum.value_or(Joules(0)) + channel.energy;
  }
  return sum;
}

template <class T, class Field>
std::optional<double> MeanOf(const std::vector<T>& items, Field field) {
  std::vector<double> values;
  for (const T& item : items) {
    if (const std::optional<double> value = item.*field) values.push_back(*value);
  }
  return Mean(values);
}

/// What loading took, its energy as `costs` have it.
std::optional<LoadCost> LoadOf(const Runs& runs, const std::vector<RunCost>& costs,
                               double wh_per_1000) {
  std::vector<double> seconds;
  for (const ReadableRun& run : runs) {
    Seconds time;
    bool any = false;
    for (const Window& window : run.run->windows) {
      if (window.phase != Phase::kLoad) continue;
      time += window.duration;
      any = true;
    }
    if (any) seconds.push_back(time.value());
  }
  if (seconds.empty()) return std::nullopt;
  LoadCost load;
  load.seconds = *Mean(seconds);
  load.energy_wh = MeanOf(costs, &RunCost::load_wh);
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
    if (const Window* window = FindWindow(*run, Phase::kQuery)) seconds += window->duration.value();
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

/// The rules for these runs: what was asked for, else what fits where they come from.
Rules RulesFor(const Runs& runs, const AnalyseOptions& options, const GridIntensity& world) {
  const bool imported = IsImported(*runs.front().run);
  Rules rules;
  rules.pue = options.pue;
  rules.accounting =
      options.accounting.value_or(imported ? Accounting::kCodeCarbon231 : Accounting::kNative);
  // The CodeCarbon rules have one attribution: everything they read. A log's joules can still be
  // split, where that is asked for.
  const bool native = rules.accounting == Accounting::kNative;
  rules.attribution = native ? Attribution::kDevice : Attribution::kMachine;
  if (options.attribution && (native || imported)) rules.attribution = *options.attribution;
  rules.grid = options.grid.value_or(world);
  return rules;
}

/// The intensity that a run's own log used; absent for runs that have none.
std::optional<GramsPerKwh> LoggedIntensity(const RunRecord& run) {
  const auto logged = run.environment.find("logged_g_per_kwh");
  if (logged == run.environment.end()) return std::nullopt;
  const auto number = ParseNumber(logged->second);
  if (!number) return std::nullopt;
  return GramsPerKwh(*number);
}

/// What each repeat cost, under the cell's rules and under every attribution.
std::vector<RunCost> CostsOf(const Runs& runs, const Rules& rules, Attribution base,
                             std::span<const RunEnergy> energies, std::span<const RunEnergy> above,
                             bool own_intensity) {
  std::vector<RunCost> costs;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunRecord& run = *runs[i].run;
    RunCost& cost = costs.emplace_back();
    cost.run_id = run.run_id;
    cost.block = run.block;
    const bool marginal = rules.attribution == Attribution::kMarginal && i < above.size();
    const Joules energy = marginal ? above[i].total : energies[i].total;
    cost.wh = ToWh(energy);
    GramsPerKwh intensity = rules.grid.intensity;
    if (own_intensity) intensity = LoggedIntensity(run).value_or(intensity);
    cost.grams = Emissions(energy, intensity, rules.pue).value();
    if (const Window* window = FindWindow(run, Phase::kQuery); window != nullptr && run.queries > 0)
      cost.seconds = window->duration.value() / static_cast<double>(run.queries) * 1000;
    const auto wh = [&](Attribution attribution) -> std::optional<double> {
      RunEnergy other;
      if (attribution != base) other = QueryEnergy(runs[i], rules.accounting, attribution);
      const RunEnergy& under = attribution == base ? energies[i] : other;
      if (under.channels.empty()) return std::nullopt;
      return ToWh(under.total);
    };
    cost.machine_wh = wh(Attribution::kMachine);
    cost.device_wh = wh(Attribution::kDevice);
    if (i < above.size()) cost.marginal_wh = ToWh(above[i].total);
    if (const auto load = LoadEnergy(runs[i], rules.accounting, base)) cost.load_wh = ToWh(*load);
  }
  return costs;
}

/// Where GPUs share one counter: how many there were, and what bounds the share of those that
/// worked. `floor` is the least that one idle GPU was seen to draw.
void FillGpus(CellResult& cell, const Runs& runs, std::optional<Watts> floor) {
  cell.gpus = GpusOf(*runs.front().run);
  if (!cell.gpus || !cell.gpus->used || *cell.gpus->used >= cell.gpus->counted) return;
  std::vector<double> idle;
  std::vector<double> least;
  for (const ReadableRun& run : runs) {
    const auto share = GpusOf(*run.run);
    const Window* window = FindWindow(*run.run, Phase::kQuery);
    if (!share || !share->idle_wh || !floor || window == nullptr || run.run->queries <= 0) continue;
    idle.push_back(*share->idle_wh);
    const double others = share->counted - share->used.value_or(share->counted);
    least.push_back(ToWh(*floor * others * window->duration) * 1000 /
                    static_cast<double>(run.run->queries));
  }
  cell.gpus->idle_wh = Mean(idle);
  if (!cell.device_wh || !cell.machine_wh || idle.empty()) return;
  // What idle GPUs drew lies between the floor and the mean while loading, so their share does too.
  const double high = *cell.device_wh + *Mean(idle) - *Mean(least);
  cell.device_bounds = Interval{std::min(*cell.device_wh, high), std::max(*cell.device_wh, high)};
  cell.device_note = fmt::format(
      "{} of {} GPUs worked: the others taken off at their mean while loading, at least at {:.1f} "
      "W",
      *cell.gpus->used, cell.gpus->counted, floor->value());
}

void FillRam(CellResult& cell, const Runs& runs) {
  for (const Channel& channel : runs.front().run->channels) {
    const auto bytes = channel.facts.find("bytes_total");
    if (channel.component != Component::kRam || bytes == channel.facts.end()) continue;
    RamShare ram;
    ram.bytes = ParseNumber(bytes->second).value_or(0);
    for (const ComponentShare& share : cell.components) {
      if (share.component == Component::kRam) ram.wh += share.wh_per_1000;
    }
    cell.ram = ram;
    return;
  }
}

/// The intensity to print where every run has its own.
GridIntensity AsLogged(const CellResult& cell, const RunRecord& run) {
  GridIntensity grid;
  grid.place = "as-logged";
  grid.name = "as each log says";
  grid.kind = "custom";
  double grams = 0;
  double wh = 0;
  for (const RunCost& cost : cell.runs) {
    grams += cost.grams;
    wh += cost.wh;
  }
  if (wh > 0) grid.intensity = GramsPerKwh(grams / cell.rules.pue / wh * 1000);
  const auto place = run.environment.find("place");
  grid.source =
      "the imported log" +
      (place == run.environment.end() ? "" : ": CodeCarbon's figure for " + place->second);
  return grid;
}

Result<void> FillEnergy(CellResult& cell, const Runs& runs, const AnalyseOptions& options) {
  const Accounting accounting = cell.rules.accounting;
  const bool marginal = cell.rules.attribution == Attribution::kMarginal;
  const Attribution base = marginal ? Attribution::kDevice : cell.rules.attribution;
  const bool imported = IsImported(*runs.front().run);
  const auto energies = EnergiesOf(runs, accounting, base);
  if (!MeanWh(energies)) {
    return Fail(ErrorCode::kUnavailable,
                "{} on {}: no meter gave a single joule in the query window (see permille doctor)",
                cell.cell.model, cell.cell.dataset.empty() ? "exec" : cell.cell.dataset);
  }
  cell.budget = SourceTerms(energies);
  cell.energy_wh = MakeEstimate(WattHours(energies), cell.budget);
  cell.components = Components(energies);
  std::vector<RunEnergy> above;
  if (accounting == Accounting::kNative || imported) {
    FillMarginal(cell, runs, accounting, above);
  } else {
    cell.marginal_refused =
        fmt::format("the rules of {} know the whole machine alone", Name(accounting));
  }
  if (marginal) {
    if (!cell.marginal) {
      return Fail(ErrorCode::kUnavailable, "{} on {}: --attribution marginal: refused: {}",
                  cell.cell.model, cell.cell.dataset.empty() ? "exec" : cell.cell.dataset,
                  cell.marginal_refused);
    }
    cell.components = Components(above);
    cell.energy_wh = *cell.marginal;
  }
  const bool own_intensity = !options.grid && imported;
  cell.runs = CostsOf(runs, cell.rules, base, energies, above, own_intensity);
  cell.machine_wh = MeanOf(cell.runs, &RunCost::machine_wh);
  if (accounting == Accounting::kNative || imported)
    cell.device_wh = MeanOf(cell.runs, &RunCost::device_wh);
  constexpr std::array kAccountings = {Accounting::kNative, Accounting::kCodeCarbon231,
                                       Accounting::kCodeCarbon3};
  for (std::size_t i = 0; i < kAccountings.size(); ++i)
    cell.machine_wh_by_accounting[i] =
        MeanWh(EnergiesOf(runs, kAccountings[i], Attribution::kMachine));
  if (own_intensity) cell.rules.grid = AsLogged(cell, *runs.front().run);
  std::vector<double> grams;
  for (const RunCost& cost : cell.runs) grams.push_back(cost.grams);
  cell.emissions_g = MakeEstimate(grams, cell.budget);
  cell.load = LoadOf(runs, cell.runs, cell.energy_wh.mean);
  return {};
}

Result<CellResult> AnalyseCell(const Runs& runs, const AnalyseOptions& options,
                               const GridIntensity& world, std::optional<Watts> gpu_floor) {
  CellResult cell;
  cell.cell = runs.front().run->cell;
  cell.repeats = runs.size();
  cell.environment = runs.front().run->environment;
  cell.rules = RulesFor(runs, options, world);
  PERMILLE_TRY(FillEnergy(cell, runs, options));
  FillGpus(cell, runs, gpu_floor);
  FillRam(cell, runs);
  FillTimes(cell, runs);
  cell.residency = Residency(runs, cell.rules.accounting);
  cell.sampling_wh = SamplingInterval(runs, cell.energy_wh.mean);
  cell.more_steps = MoreSteps(runs);
  FillQuality(cell, *runs.front().run, options.label_map);
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
                                            const AnalyseOptions& options,
                                            std::vector<std::string>* left_out) {
  PERMILLE_ASSIGN(const auto processors, LoadCpuPower());
  PERMILLE_ASSIGN(const auto grids, LoadGrids());
  PERMILLE_ASSIGN(const auto world, FindGrid(grids, ""));
  std::vector<Runs> cells;
  std::map<std::string, std::size_t> index;
  Runs all;
  for (const RunRecord& run : runs) {
    all.push_back(MakeReadable(run, processors));
    const auto [place, fresh] = index.emplace(run.cell.key, cells.size());
    if (fresh) cells.emplace_back();
    cells[place->second].push_back(all.back());
  }
  const auto floor = GpuFloor(all);
  std::vector<CellResult> results;
  for (const Runs& cell : cells) {
    auto result = AnalyseCell(cell, options, world, floor);
    if (result) {
      results.push_back(std::move(*result));
    } else if (left_out != nullptr && result.error().code == ErrorCode::kUnavailable) {
      // What nobody says the name of is in no table: nothing is missing without it.
      if (cell.front().run->cell.variant != "unlisted")
        left_out->push_back(std::move(result.error().message));
    } else {
      return Fail(std::move(result).error());
    }
  }
  return results;
}

Result<std::vector<CellResult>> AnalyseStore(const std::string& path, const AnalyseOptions& options,
                                             const std::vector<std::string>& run_ids) {
  PERMILLE_ASSIGN(const StoreContents contents, ReadContents(path, run_ids));
  return AnalyseRuns(contents.runs, options);
}

}  // namespace permille
