// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
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

/// How observations are to be read. What is absent follows the runs: those measured here are read
/// natively, by device, at the world's average intensity; imported logs by the rules and the
/// intensity that wrote them, as the whole machine they describe.
struct AnalyseOptions {
  std::optional<Attribution> attribution;
  std::optional<Accounting> accounting;
  std::optional<GridIntensity> grid;  ///< from FindGrid
  double pue = 1;
  std::string label_map;  ///< name in the catalog; empty: chosen when the labels need one
};

/// The rules that a figure follows.
struct Rules {
  Attribution attribution = Attribution::kDevice;
  Accounting accounting = Accounting::kNative;
  GridIntensity grid;  ///< place "as-logged": each run has the intensity of its own log
  double pue = 1;
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

/// One repeat of a cell, per 1,000 queries.
struct RunCost {
  std::string run_id;
  int block = 0;
  double wh = 0;     ///< under the cell's rules
  double grams = 0;  ///< the same
  double seconds = 0;
  std::optional<double> machine_wh, device_wh, marginal_wh;
  std::optional<double> load_wh;  ///< of one load, not 1,000
};

/// GPUs that were read together by one counter.
struct GpuShare {
  int counted = 0;
  std::optional<int> used;        ///< absent: not known which worked
  std::optional<double> idle_wh;  ///< of those that did not, per 1,000 queries: an estimate
};

/// What a rule charged for the machine's memory, per 1,000 queries.
struct RamShare {
  double bytes = 0;
  double wh = 0;
};

/// The steps of a figure that was computed from fewer: of what was measured, and of the figure.
struct StepSpan {
  double from = 0;
  double to = 0;
};

/// What each run of a cell would have cost with more denoising steps: its time is a fixed part and
/// one part for each pass of the denoiser, and its joules go with its time.
struct StepScale {
  StepSpan steps;
  std::vector<double> factors;  ///< by run: its time with all steps over its time
  double fixed_share = 0;       ///< of the time measured, that more steps would not prolong
  double relative = 0;          ///< standard uncertainty that joules going with time leaves
};

/// A score of the cell's model on its dataset.
struct CellScore {
  std::string metric;
  double value = 0;
  std::optional<Interval> ci95;
  bool same_queries = true;  ///< false: from other runs than those metered
  std::string source;
};

/// One cell, read under one set of rules.
struct CellResult {
  Cell cell;
  double queries = 0;  ///< mean per repeat
  std::size_t repeats = 0;
  Rules rules;
  std::vector<RunCost> runs;
  Estimate energy_wh;
  Estimate emissions_g;
  std::vector<BudgetTerm> budget;
  std::vector<ComponentShare> components;
  std::optional<double> machine_wh;
  std::optional<double> device_wh;
  /// Machine attribution under native, codecarbon-2.3.1 and codecarbon-3 rules, in this order.
  std::array<std::optional<double>, 3> machine_wh_by_accounting;
  std::optional<Interval> device_bounds;  ///< Wh, where the split among GPUs is an estimate
  std::string device_note;                ///< how the split was made; empty: it was observed
  std::optional<double> marginal_wh;
  std::string marginal_refused;      ///< why there is none; empty when there is
  std::optional<Estimate> marginal;  ///< with its own, wider interval
  std::optional<LoadCost> load;
  std::optional<LatencySummary> latency;
  std::optional<PhaseSummary> phases;
  std::optional<CountSummary> tokens;
  std::optional<CountSummary> words;
  std::optional<Quality> quality;     ///< by the task's main metric
  std::vector<Quality> also_quality;  ///< by the task's other metrics; empty without the main one
  std::string quality_label_map;      ///< the map used; empty: none
  std::string quality_note;           ///< why there is none
  double seconds_per_1000 = 0;
  std::map<std::string, std::string> environment;
  std::vector<std::string> flags;  ///< of any repeat, sorted, without doubles
  std::optional<GpuShare> gpus;
  std::optional<RamShare> ram;
  std::optional<Interval> sampling_wh;   ///< 95 %, bootstrap over the samples' latencies
  std::optional<Watts> residency;        ///< of the loaded idle machine above the bare one
  std::optional<StepScale> more_steps;   ///< where a study asks for the figure of all steps
  std::optional<StepSpan> extrapolated;  ///< set: this cell was computed, not measured

  // What the study's layout and the imported tables say of the cell (study.h).
  std::string modality;
  std::string model_class;
  std::string purpose;  ///< task-specific, multi-purpose; empty: not known
  std::optional<double> parameters;
  bool in_study = true;  ///< whether the seven tables count it
  std::vector<CellScore> scores;
};

/// Analyse runs of any cells: one result per cell, in order of first appearance. A cell of which
/// nothing was read, or that has not the attribution asked for, is kUnavailable; with `left_out` it
/// is named there instead and the rest goes on.
Result<std::vector<CellResult>> AnalyseRuns(std::span<const RunRecord> runs,
                                            const AnalyseOptions& options,
                                            std::vector<std::string>* left_out = nullptr);
/// The same from a store; `run_ids` empty: every run in it.
Result<std::vector<CellResult>> AnalyseStore(const std::string& path, const AnalyseOptions& options,
                                             const std::vector<std::string>& run_ids = {});

}  // namespace permille
