// SPDX-License-Identifier: Apache-2.0
#include "report/methods_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "report/plain_text.h"
#include "report/table_text.h"

namespace permille {
namespace {

using Cells = std::vector<CellResult>;

/// What is said of one topic; empty text: nothing to say.
struct Passage {
  std::string topic;
  std::string text;
};

constexpr std::size_t kMostNamed = 6;
// Sources and rules are sentences; only what is hostile is longer.
constexpr std::size_t kLongestName = 300;

std::string Counted(std::size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// "a, b and c"; after six, how many more.
std::string Listed(const std::set<std::string>& names) {
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    if (shown.size() == kMostNamed) break;
    shown.push_back(Ellipsised(OneLine(name), kLongestName));
  }
  if (names.size() > shown.size())
    shown.push_back(fmt::format("{} more", names.size() - shown.size()));
  if (shown.empty()) return "none";
  const std::string last = shown.back();
  shown.pop_back();
  return shown.empty() ? last : fmt::format("{} and {}", fmt::join(shown, ", "), last);
}

std::set<std::string> Names(const Cells& cells,
                            const std::function<std::string(const CellResult&)>& of) {
  std::set<std::string> names;
  for (const CellResult& cell : cells) {
    if (std::string name = of(cell); !name.empty()) names.insert(std::move(name));
  }
  return names;
}

std::size_t CountCells(const Cells& cells, const std::function<bool(const CellResult&)>& holds) {
  return static_cast<std::size_t>(std::ranges::count_if(cells, holds));
}

// Of `some` of `all` cells: "all cells", "3 of 12 cells".
std::string Of(std::size_t some, std::size_t all) {
  if (some == all) return all == 1 ? "the one cell" : "all cells";
  return fmt::format("{} of {} cells", some, all);
}

// "10", or "5 to 10".
std::string Span(const Cells& cells, const std::function<double(const CellResult&)>& of) {
  std::vector<double> values;
  for (const CellResult& cell : cells) values.push_back(of(cell));
  const auto [low, high] = std::ranges::minmax(values);
  return low == high ? ShortNumber(low)
                     : fmt::format("{} to {}", ShortNumber(low), ShortNumber(high));
}

std::string Percent(double share) {
  if (share > 0 && share < 0.001) return "under 0.1 %";
  return fmt::format("{:.1f} %", share * 100);
}

// --- topics ---

std::string Runs(const Cells& cells) {
  const auto tasks = Names(cells, [](const CellResult& cell) { return cell.cell.task; });
  const auto models = Names(cells, [](const CellResult& cell) { return cell.cell.model; });
  const auto datasets = Names(cells, [](const CellResult& cell) { return cell.cell.dataset; });
  auto engines = Names(cells, [](const CellResult& cell) { return cell.cell.engine; });
  std::size_t runs = 0;
  for (const CellResult& cell : cells) runs += cell.repeats;
  std::string text =
      fmt::format("The figures rest on {} in {} of model, task and dataset",
                  Counted(runs, "run", "runs"), Counted(cells.size(), "cell", "cells"));
  if (!tasks.empty()) {
    text += fmt::format(" ({} on {}; {})", Counted(models.size(), "model", "models"),
                        Counted(datasets.size(), "dataset", "datasets"), Listed(tasks));
  }
  const std::string repeats =
      Span(cells, [](const CellResult& c) { return static_cast<double>(c.repeats); });
  text += fmt::format(", {} queries a run; {}. All are given per 1,000 queries.",
                      Span(cells, [](const CellResult& c) { return c.queries; }),
                      repeats == "1" ? "each cell was run once"
                                     : fmt::format("each cell was repeated {} times", repeats));
  if (engines.erase("imported") > 0)
    text += " Logs of another tracker were imported; their observations were not made by permille.";
  if (!engines.empty()) text += fmt::format(" Engine: {}.", Listed(engines));
  return text;
}

/// Where joules come from: their sum and the sources behind it.
struct Origin {
  double wh = 0;
  std::set<std::string> sources;
};

std::string SourceOf(const ComponentShare& share) {
  const std::string_view how = share.rule.empty() ? share.source : share.rule;
  return fmt::format("{}: {}", Name(share.component), how);
}

std::string Provenances(const Cells& cells) {
  constexpr std::array<Provenance, 5> kOrder = {Provenance::kMeasured, Provenance::kDerived,
                                                Provenance::kModelled, Provenance::kAssumed,
                                                Provenance::kApportioned};
  std::map<Provenance, Origin> origins;
  double total = 0;
  for (const CellResult& cell : cells) {
    const double thousands = cell.queries / 1000 * static_cast<double>(cell.repeats);
    for (const ComponentShare& share : cell.components) {
      if (!std::isfinite(share.wh_per_1000)) continue;
      Origin& origin = origins[share.provenance];
      origin.wh += share.wh_per_1000 * thousands;
      origin.sources.insert(SourceOf(share));
      total += share.wh_per_1000 * thousands;
    }
  }
  if (total <= 0) return "No energy could be read.";
  std::vector<std::string> parts;
  double estimated = 0;
  for (const Provenance provenance : kOrder) {
    const auto at = origins.find(provenance);
    if (at == origins.end()) continue;
    parts.push_back(fmt::format("{} {} ({})", Percent(at->second.wh / total), Name(provenance),
                                Listed(at->second.sources)));
    if (provenance != Provenance::kMeasured && provenance != Provenance::kDerived)
      estimated += at->second.wh;
  }
  std::string text = fmt::format("Of the energy, {}.", fmt::join(parts, ", "));
  text += estimated > 0 ? fmt::format(" So {} of it is an estimate and no reading of a meter.",
                                      Percent(estimated / total))
                        : " None of it is an estimate.";
  return text;
}

std::string AttributionText(const Cells& cells) {
  struct Meaning {
    Attribution attribution;
    const char* text;
  };
  constexpr std::array<Meaning, 3> kMeanings = {
      {{Attribution::kMachine, "everything that was read, whether or not the work used it"},
       {Attribution::kDevice, "only the devices that the work used"},
       {Attribution::kMarginal, "what lies above the idle machine with the model loaded"}}};
  std::string text;
  for (const Meaning& meaning : kMeanings) {
    const std::size_t some = CountCells(cells, [&](const CellResult& cell) {
      return cell.rules.attribution == meaning.attribution;
    });
    if (some == 0) continue;
    text += fmt::format("{}Energy is attributed by {} ({}) in {}.", text.empty() ? "" : " ",
                        Name(meaning.attribution), meaning.text, Of(some, cells.size()));
  }
  const auto notes = Names(cells, [](const CellResult& cell) { return cell.device_note; });
  if (!notes.empty())
    text += fmt::format(" The share of the devices in use is an estimate: {}.", Listed(notes));
  const std::size_t refused =
      CountCells(cells, [](const CellResult& cell) { return !cell.marginal_refused.empty(); });
  if (refused > 0)
    text += fmt::format(" No marginal figure is given for {}.", Of(refused, cells.size()));
  const auto accountings =
      Names(cells, [](const CellResult& cell) { return std::string(Name(cell.rules.accounting)); });
  return text + fmt::format(" Accounting rules: {}.", Listed(accountings));
}

std::string Carbon(const Cells& cells) {
  std::set<std::string> grids;
  for (const CellResult& cell : cells) {
    const GridIntensity& grid = cell.rules.grid;
    if (grid.place == "as-logged") {
      grids.insert("the intensity that each imported log used itself");
      continue;
    }
    std::string text = fmt::format("{} ({} g CO2e/kWh", grid.name.empty() ? grid.place : grid.name,
                                   ShortNumber(grid.intensity.value()));
    if (grid.year) text += fmt::format(", {}", *grid.year);
    grids.insert(text + fmt::format("; {})", grid.source));
  }
  std::vector<std::string> shown;
  for (const std::string& grid : grids) {
    if (shown.size() == kMostNamed) break;
    shown.push_back(Ellipsised(OneLine(grid), kLongestName));
  }
  if (grids.size() > shown.size())
    shown.push_back(fmt::format("{} more", grids.size() - shown.size()));
  return fmt::format(
      "Emissions are energy x PUE x grid intensity, of use alone and without the making of the "
      "hardware. Grid: {}. PUE: {}.",
      fmt::join(shown, "; "), Span(cells, [](const CellResult& cell) { return cell.rules.pue; }));
}

std::string Intervals(const Cells& cells) {
  std::set<std::string> terms;
  for (const CellResult& cell : cells) {
    for (const BudgetTerm& term : cell.budget)
      terms.insert(term.name.substr(0, term.name.find(':')));
  }
  const std::size_t repeated = CountCells(
      cells, [](const CellResult& cell) { return cell.energy_wh.repeatability.has_value(); });
  const std::size_t expanded =
      CountCells(cells, [](const CellResult& cell) { return cell.energy_wh.expanded.has_value(); });
  std::string text;
  if (repeated > 0) {
    text = fmt::format(
        "The repeatability interval is a 95 % Student t interval of the mean over repeats ({}).",
        Of(repeated, cells.size()));
  } else {
    text = "No cell was repeated, so there is no repeatability interval.";
  }
  if (expanded > 0) {
    text += fmt::format(" The expanded interval has coverage factor k = 2 ({})",
                        Of(expanded, cells.size()));
    text += terms.empty() ? "." : fmt::format(" and combines {}.", Listed(terms));
  }
  return text;
}

std::string Weights(const Cells& cells) {
  const std::size_t random =
      CountCells(cells, [](const CellResult& cell) { return cell.cell.weights == "random"; });
  const std::size_t modelled =
      CountCells(cells, [](const CellResult& cell) { return cell.cell.tokens == "modelled"; });
  std::string text;
  if (random > 0) {
    text = fmt::format("In {} the weights were random numbers: an approximation, without accuracy.",
                       Of(random, cells.size()));
  }
  if (modelled > 0) {
    text += fmt::format("{}In {} the number of tokens was modelled, not given by the tokenizer.",
                        text.empty() ? "" : " ", Of(modelled, cells.size()));
  }
  for (const CellResult& cell : cells) {
    if (!cell.extrapolated) continue;
    text += fmt::format(
        "{}The figure of {} with {:g} denoising steps was not measured: it is extrapolated from "
        "{:g}.",
        text.empty() ? "" : " ", Ellipsised(OneLine(cell.cell.model), kLongestName),
        cell.extrapolated->to, cell.extrapolated->from);
  }
  return text;
}

std::string QualityText(const Cells& cells) {
  const std::size_t own = CountCells(cells, [](const CellResult& cell) {
    return cell.quality.has_value() ||
           std::ranges::any_of(cell.scores, [](const CellScore& s) { return s.same_queries; });
  });
  const std::size_t other = CountCells(cells, [](const CellResult& cell) {
    return std::ranges::any_of(cell.scores, [](const CellScore& s) { return !s.same_queries; });
  });
  std::string text;
  if (own > 0)
    text = fmt::format("Quality was scored on the metered queries in {}.", Of(own, cells.size()));
  if (other > 0) {
    text += fmt::format("{}In {} the quality given comes from other runs than those metered.",
                        text.empty() ? "" : " ", Of(other, cells.size()));
  }
  return text;
}

std::string Flags(const Cells& cells) {
  std::map<std::string, std::size_t> counts;
  for (const CellResult& cell : cells) {
    std::set<std::string> kinds;
    for (const std::string& flag : cell.flags) kinds.insert(flag.substr(0, flag.find(':')));
    for (const std::string& kind : kinds) ++counts[kind];
  }
  if (counts.empty()) return "No run was flagged.";
  std::set<std::string> shown;
  for (const auto& [flag, count] : counts)
    shown.insert(fmt::format("{} ({})", flag, Counted(count, "cell", "cells")));
  return fmt::format("Flagged: {}.", Listed(shown));
}

std::vector<Passage> Passages(const StudyReport& report) {
  const std::string program = fmt::format("permille {}", PERMILLE_VERSION);
  if (report.cells.empty()) return {{"Runs", fmt::format("{} found no runs.", program)}};
  return {
      {"Runs", Runs(report.cells)},
      {"Energy", Provenances(report.cells)},
      {"Attribution", AttributionText(report.cells)},
      {"Carbon", Carbon(report.cells)},
      {"Intervals", Intervals(report.cells)},
      {"Weights", Weights(report.cells)},
      {"Quality", QualityText(report.cells)},
      {"Flags", Flags(report.cells)},
      {"Software", fmt::format("Computed by {} from {}.", program,
                               report.store.empty() ? "runs in memory" : OneLine(report.store))}};
}

}  // namespace

std::string MethodsText(const StudyReport& report) {
  std::string text;
  for (const Passage& passage : Passages(report)) {
    if (!passage.text.empty()) text += (text.empty() ? "" : " ") + passage.text;
  }
  return text + "\n";
}

std::string MethodsMarkdown(const StudyReport& report) {
  std::string text = "### Methods\n";
  for (const Passage& passage : Passages(report)) {
    if (!passage.text.empty())
      text += fmt::format("\n**{}.** {}\n", passage.topic, MarkdownEscaped(passage.text));
  }
  return text;
}

}  // namespace permille
