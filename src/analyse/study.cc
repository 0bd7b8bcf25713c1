// SPDX-License-Identifier: Apache-2.0
#include "analyse/study.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>

#include "analyse/beside_study.h"
#include "analyse/claims.h"
#include "analyse/derived.h"
#include "analyse/extrapolation.h"
#include "analyse/imported_energy.h"
#include "analyse/parity.h"
#include "analyse/pooled.h"
#include "analyse/read_store.h"
#include "analyse/self_check.h"
#include "analyse/study_tables.h"
#include "base/csv.h"

namespace permille {
namespace {

/// What the catalog and the imported tables say, found by name.
struct Descriptions {
  std::map<std::string, std::string> modality;  // of tasks
  std::map<std::string, const ModelFacts*> models;
  std::map<std::string, const ModelEntry*> entries;
};

void Describe(CellResult& cell, const StudyInput& study, const Descriptions& known) {
  const Cell& id = cell.cell;
  if (const auto task = known.modality.find(id.task); task != known.modality.end())
    cell.modality = task->second;
  const StudyModel* multi = study.layout.FindMultiPurpose(id.model);
  const bool imported = IsImported(id);
  if (imported) {
    cell.in_study = study.layout.InTables(id.task, id.dataset, id.variant, id.model);
  } else {
    cell.in_study = !id.task.empty();
  }
  if (!id.task.empty())
    cell.purpose =
        id.variant == "zero-shot" || (!imported && multi) ? "multi-purpose" : "task-specific";
  if (multi != nullptr) cell.model_class = multi->model_class;
  if (const auto facts = known.models.find(id.model); facts != known.models.end()) {
    if (cell.model_class.empty()) cell.model_class = facts->second->model_class;
    cell.parameters = facts->second->parameters;
  }
  if (const auto entry = known.entries.find(id.model); entry != known.entries.end()) {
    if (cell.model_class.empty()) cell.model_class = entry->second->model_class;
    if (!cell.parameters && entry->second->parameters)
      cell.parameters = static_cast<double>(*entry->second->parameters);
  }
  if (const auto counted = id.options.find("parameters"); counted != id.options.end())
    if (const auto number = ParseNumber(counted->second); number && *number > 0)
      cell.parameters = *number;
}

void AddScores(CellResult& cell, const ImportedFacts& facts) {
  if (cell.quality) {
    cell.scores.push_back({cell.quality->metric, cell.quality->value, cell.quality->ci95, true,
                           "the queries measured"});
  }
  for (const Quality& also : cell.also_quality)
    cell.scores.push_back({also.metric, also.value, also.ci95, true, "the queries measured"});
  if (!IsImported(cell.cell) || cell.cell.variant == "original") return;
  for (const ImportedScore& score : facts.scores) {
    if (score.model == cell.cell.model && score.dataset == cell.cell.dataset &&
        score.task == cell.cell.task)
      cell.scores.push_back({score.metric, score.value, {}, false, score.source});
  }
}

void AddLengths(CellResult& cell, const ImportedFacts& facts) {
  for (const ImportedLengths& lengths : facts.lengths) {
    if (lengths.model != cell.cell.model || lengths.dataset != cell.cell.dataset ||
        lengths.variant != cell.cell.variant || lengths.n <= 0)
      continue;
    const double n = static_cast<double>(lengths.n);
    cell.words = CountSummary{static_cast<double>(lengths.input_sum) / n,
                              static_cast<double>(lengths.output_sum) / n,
                              lengths.source + ": other runs than those metered"};
  }
}

/// What the report is of: the study itself, where its own logs are what was read.
std::string TitleOf(const StudyInput& study, const std::string& store) {
  const bool theirs = std::ranges::all_of(study.cells, [](const CellResult& cell) {
    return IsImported(cell.cell) && !cell.cell.task.empty();
  });
  return theirs ? study.layout.title : store;
}

/// Energy of all windows of all runs, with loading, as run; by component.
DataTable TotalsOf(const std::vector<RunRecord>& runs, const std::vector<CellResult>& cells) {
  long double query_wh = 0;
  long double query_g = 0;
  double counted = 0;
  double listed = 0;
  for (const CellResult& cell : cells) {
    if (cell.cell.variant == "unlisted") continue;
    ++listed;
    for (const RunCost& run : cell.runs) {
      query_wh += run.wh * cell.queries / 1000;
      query_g += run.grams * cell.queries / 1000;
      ++counted;
    }
  }
  std::map<Component, long double> joules;
  long double all_g = 0;
  bool all_logged = true;  // some joules without grams would make the grid look clean
  for (const RunRecord& run : runs) {
    for (const Window& window : run.windows) {
      if (window.phase != Phase::kLoad && window.phase != Phase::kQuery) continue;
      long double sum = 0;
      for (const ChannelWindow& seen : window.channels) {
        const auto channel = std::ranges::find(run.channels, seen.channel, &Channel::id);
        const bool counts = channel != run.channels.end() && channel->part_of.empty() &&
                            channel->cross_check_of.empty();
        if (!counts || !seen.energy) continue;
        joules[channel->component] += seen.energy->value();
        sum += seen.energy->value();
      }
      const bool load = window.phase == Phase::kLoad;
      auto logged = run.environment.find(load ? "logged_g_per_kwh.load" : "logged_g_per_kwh");
      if (logged == run.environment.end()) logged = run.environment.find("logged_g_per_kwh");
      all_logged = all_logged && (logged != run.environment.end() || sum == 0);
      if (logged != run.environment.end())
        all_g += sum / kJoulesPerKwh * ParseNumber(logged->second).value_or(0);
    }
  }
  DataTable table{"totals",
                  "Totals",
                  "As run, not per 1,000. all_: every run, loading included, as counted by meters "
                  "or logs; the rest: query windows of the cells, under the report's rules.",
                  {},
                  {}};
  std::vector<DataValue> row;
  const auto add = [&](const char* key, DataValue value) {
    table.columns.push_back(PlainColumn(key));
    row.push_back(std::move(value));
  };
  const auto kwh = [&](Component component) -> DataValue {
    const auto found = joules.find(component);
    if (found == joules.end()) return std::monostate();
    return static_cast<double>(found->second / kJoulesPerKwh);
  };
  long double all = 0;
  for (const auto& [component, energy] : joules) all += energy;
  add("runs", counted);
  add("cells", listed);
  add("energy_kwh", static_cast<double>(query_wh / 1000));
  add("emissions_g", static_cast<double>(query_g));
  add("all_runs", static_cast<double>(runs.size()));
  add("all_energy_kwh", joules.empty() ? DataValue() : static_cast<double>(all / kJoulesPerKwh));
  add("all_emissions_g",
      all_logged && all_g > 0 ? DataValue(static_cast<double>(all_g)) : DataValue());
  add("all_gpu_kwh", kwh(Component::kGpu));
  add("all_cpu_kwh", kwh(Component::kCpu));
  add("all_ram_kwh", kwh(Component::kRam));
  table.rows.push_back(std::move(row));
  return table;
}

}  // namespace

Result<StudyInput> ReadStudy(const std::string& path, const AnalyseOptions& options,
                             const std::vector<std::string>& run_ids) {
  StudyInput study;
  PERMILLE_ASSIGN(StoreContents contents, ReadContents(path, run_ids));
  const std::vector<RunRecord>& runs = contents.runs;
  study.facts = std::move(contents.facts);
  PERMILLE_ASSIGN(study.layout, LoadStudyLayout());
  PERMILLE_ASSIGN(study.tasks, LoadTasks());
  PERMILLE_ASSIGN(const auto entries, LoadModels());
  PERMILLE_ASSIGN(study.cells, AnalyseRuns(runs, options, &study.left_out));
  if (study.cells.empty() && !study.left_out.empty())
    return Fail(ErrorCode::kUnavailable, "{}", study.left_out.front());
  Descriptions known;
  for (const TaskEntry& task : study.tasks) known.modality[task.name] = task.modality;
  for (const ModelFacts& model : study.facts.models) known.models[model.model] = &model;
  for (const ModelEntry& entry : entries) known.entries[entry.id] = &entry;
  for (CellResult& cell : study.cells) {
    Describe(cell, study, known);
    AddScores(cell, study.facts);
    AddLengths(cell, study.facts);
  }
  study.totals = TotalsOf(runs, study.cells);
  // Runs that no file of totals lists are in the totals alone: nobody says what they ran.
  std::erase_if(study.cells,
                [](const CellResult& cell) { return cell.cell.variant == "unlisted"; });
  if (study.cells.empty())
    return Fail(ErrorCode::kNotFound, "{}: no run of a known cell: import the totals too", path);
  return study;
}

Result<StudyReport> AnalyseStudy(const std::string& path, const AnalyseOptions& options,
                                 const DerivedOptions& derived) {
  PERMILLE_ASSIGN(StudyInput study, ReadStudy(path, options));
  AddExtrapolated(study.cells);
  StudyReport report;
  report.store = std::filesystem::path(path).filename().string();
  report.title = TitleOf(study, report.store);
  report.rules = study.cells.front().rules;
  report.tables = StudyTables(study);
  report.figures = StudyFigures(study);
  for (DataTable& table : report.tables) NoteExtrapolated(table, study.cells);
  for (DataTable& figure : report.figures) NoteExtrapolated(figure, study.cells);
  report.claims = StudyClaims(study);
  report.parity = ParityTable(study);
  report.self_check = SelfCheck(study);
  report.beside_study = BesideStudy(study);
  report.derived = DerivedTables(study.cells, derived);
  report.totals = std::move(study.totals);
  report.left_out = std::move(study.left_out);
  report.cells = std::move(study.cells);
  return report;
}

}  // namespace permille
