// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stats.h"
#include "power/power.h"
#include "record/grid.h"
#include "record/run_record.h"
#include "score/score.h"

// Observations to numbers, pure: attribution, accounting, carbon, accuracy and their intervals. The
// runs come from a store (AnalyseStore) or straight from memory (AnalyseRuns); nothing is measured
// here.

namespace permille {

/// Which joules are charged to the work.
enum class Attribution {
  kMachine,   ///< everything read
  kDevice,    ///< only the devices the work used
  kMarginal,  ///< of those, what lies above the loaded-idle baseline
};
std::string_view Name(Attribution);
Result<Attribution> ParseAttribution(std::string_view name);

/// How observations are to be read.
struct AnalyseOptions {
  Attribution attribution = Attribution::kDevice;
  Accounting accounting = Accounting::kNative;
  GridIntensity grid;  ///< from FindGrid
  double pue = 1;
  std::string label_map;  ///< name in the catalog; empty: chosen when the labels need one
};

/// A mean over repeats, per 1,000 queries, with both intervals. Units: as the field's name says.
struct Estimate {
  double mean = 0;
  std::optional<double> std;              ///< sample standard deviation over repeats
  std::size_t n = 0;                      ///< repeats
  std::optional<Interval> repeatability;  ///< 95 %, t over blocks
  std::optional<Interval> expanded;       ///< k = 2, all terms of the budget
};

/// One term of the expanded interval: relative standard uncertainty of the mean.
struct BudgetTerm {
  std::string name;  ///< repeatability, source:package-0, model:cpu, resolution, coverage, baseline
  double relative = 0;
};

/// One channel's share; the shares add up to the cell's energy.
struct ComponentShare {
  Component component = Component::kOther;
  std::string channel;
  Provenance provenance = Provenance::kMeasured;
  std::string source;
  std::string rule;  ///< for modelled and assumed joules: the formula
  Use use = Use::kUsed;
  double wh_per_1000 = 0;
  double coverage = 0;  ///< the lowest of the repeats
};

struct LoadCost {
  std::optional<double>
      energy_wh;  ///< mean of the load windows, same attribution as the cell (never marginal)
  double seconds = 0;
  /// Queries after which the load window's energy equals that of the queries.
  std::optional<double> breakeven_queries;
};

struct LatencySummary {
  double mean_ms = 0;
  double p50_ms = 0;
  double p90_ms = 0;
  double p99_ms = 0;
};

/// Mean time inside a query, by phase. Timed, never metered.
struct PhaseSummary {
  double preprocess_ms = 0;
  double forward_ms = 0;
  double postprocess_ms = 0;
};

struct CountSummary {
  double input_mean = 0;
  std::optional<double> output_mean;
  std::string source;  ///< "tokenizer" | "modelled"; "whitespace" for words
};

/// One cell, read under one set of options.
struct CellResult {
  Cell cell;
  double queries = 0;  ///< mean per repeat
  std::size_t repeats = 0;
  AnalyseOptions options;
  Attribution attribution_used = Attribution::kDevice;
  Estimate energy_wh;
  Estimate emissions_g;
  std::vector<BudgetTerm> budget;
  std::vector<ComponentShare> components;
  std::optional<double> machine_wh;
  std::optional<double> device_wh;
  std::optional<double> marginal_wh;
  std::string marginal_refused;      ///< why there is none; empty when there is
  std::optional<Estimate> marginal;  ///< with its own, wider interval
  std::optional<LoadCost> load;
  std::optional<LatencySummary> latency;
  std::optional<PhaseSummary> phases;
  std::optional<CountSummary> tokens;
  std::optional<CountSummary> words;
  std::optional<Quality> quality;
  std::string quality_label_map;  ///< the map used; empty: none
  std::string quality_note;       ///< why there is none
  double seconds_per_1000 = 0;
  std::map<std::string, std::string> environment;
  std::vector<std::string> flags;  ///< of any repeat, sorted, without doubles
};

/// Analyse runs of any cells: one result per cell, in order of first appearance.
Result<std::vector<CellResult>> AnalyseRuns(std::span<const RunRecord> runs,
                                            const AnalyseOptions& options);
/// The same from a store; `run_ids` empty: every run in it.
Result<std::vector<CellResult>> AnalyseStore(const std::string& path, const AnalyseOptions& options,
                                             const std::vector<std::string>& run_ids = {});

}  // namespace permille
