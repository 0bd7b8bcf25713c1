// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "analyse/pooled.h"
#include "analyse/study_tables.h"

namespace permille {
namespace {

DataTable MakeFigure(std::string id, std::string title, std::vector<std::string> keys) {
  DataTable table{std::move(id), std::move(title), kPerThousandQueries, {}, {}};
  for (std::string& key : keys) table.columns.push_back(PlainColumn(std::move(key)));
  return table;
}

/// Tasks that some multi-purpose model was tried on: those where the two kinds meet.
std::set<std::string> SharedTasks(const StudyInput& study) {
  std::set<std::string> tasks;
  for (const CellResult& cell : study.cells) {
    if (CountsInTables(cell) && cell.purpose == "multi-purpose") tasks.insert(cell.cell.task);
  }
  return tasks;
}

DataTable Figure1(const StudyInput& study) {
  DataTable figure = MakeFigure("figure-1", "Figure 1: carbon by task", {"task", "modality"});
  AddStatsColumns(figure, "emissions_g", "carbon, gCO2e");
  AddStatsColumns(figure, "energy_kwh", "energy, kWh");
  for (const TaskEntry& task : study.tasks) {
    const auto cells = TaskSpecific(study, task.name);
    if (cells.empty()) continue;
    std::vector<DataValue> row = {task.name, task.modality};
    AddStats(row, Pool(cells, kEmissionsGrams));
    AddStats(row, Pool(cells, kEnergyKwh));
    figure.rows.push_back(std::move(row));
  }
  return figure;
}

DataTable Figure2(const StudyInput& study) {
  DataTable figure =
      MakeFigure("figure-2", "Figure 2: carbon of task-specific models by size and modality",
                 {"model", "task", "modality", "class", "parameters", "emissions_g", "energy_kwh",
                  "n", "emissions_expanded_g"});
  for (const TaskEntry& task : study.tasks) {
    const auto all = TaskSpecific(study, task.name);
    for (const std::string& model : ModelsOf(all)) {
      std::vector<const CellResult*> cells;
      for (const CellResult* cell : all) {
        if (cell->cell.model == model) cells.push_back(cell);
      }
      const Pooled grams = Pool(cells, kEmissionsGrams);
      figure.rows.push_back({model, task.name, task.modality, Word(cells[0]->model_class),
                             Maybe(cells[0]->parameters), grams.mean, Pool(cells, kEnergyKwh).mean,
                             static_cast<double>(grams.n), Maybe(grams.expanded)});
    }
  }
  return figure;
}

DataTable Figure3(const StudyInput& study) {
  DataTable figure =
      MakeFigure("figure-3", "Figure 3: task-specific and multi-purpose models by dataset",
                 {"task", "dataset", "model", "purpose", "class", "parameters", "emissions_g",
                  "energy_kwh", "n", "emissions_expanded_g"});
  const auto shared = SharedTasks(study);
  for (const CellResult& cell : study.cells) {
    if (!CountsInTables(cell) || !shared.contains(cell.cell.task)) continue;
    figure.rows.push_back({cell.cell.task, cell.cell.dataset, cell.cell.model, Word(cell.purpose),
                           Word(cell.model_class), Maybe(cell.parameters), cell.emissions_g.mean,
                           cell.energy_wh.mean * 1e-3, static_cast<double>(cell.repeats),
                           Maybe(cell.emissions_g.expanded)});
  }
  return figure;
}

DataTable Figure4(const StudyInput& study) {
  DataTable figure =
      MakeFigure("figure-4", "Figure 4: quality, size and carbon",
                 {"task", "dataset", "model", "purpose", "class", "parameters", "metric",
                  "accuracy", "emissions_g", "energy_kwh", "same_queries"});
  // The study draws text classification; any task that has scores may be drawn.
  for (const CellResult& cell : study.cells) {
    if (!CountsInTables(cell)) continue;
    for (const CellScore& score : cell.scores) {
      figure.rows.push_back({cell.cell.task, cell.cell.dataset, cell.cell.model, Word(cell.purpose),
                             Word(cell.model_class), Maybe(cell.parameters), score.metric,
                             score.value, cell.emissions_g.mean, cell.energy_wh.mean * 1e-3,
                             score.same_queries});
    }
  }
  return figure;
}

DataTable Figure5(const StudyInput& study) {
  DataTable figure = MakeFigure("figure-5", "Figure 5: multi-purpose models by task and dataset",
                                {"model", "class", "task", "dataset", "energy_kwh", "emissions_g",
                                 "n", "emissions_expanded_g"});
  for (const CellResult& cell : study.cells) {
    if (!CountsInTables(cell) || cell.purpose != "multi-purpose") continue;
    figure.rows.push_back({cell.cell.model, Word(cell.model_class), cell.cell.task,
                           cell.cell.dataset, cell.energy_wh.mean * 1e-3, cell.emissions_g.mean,
                           static_cast<double>(cell.repeats), Maybe(cell.emissions_g.expanded)});
  }
  return figure;
}

DataTable Figure6(const StudyInput& study) {
  DataTable figure = MakeFigure("figure-6", "Figure 6: carbon and output length of summaries",
                                {"model", "class", "dataset", "parameters", "input_mean",
                                 "output_mean", "emissions_g", "energy_kwh", "unit"});
  for (const CellResult& cell : study.cells) {
    if (!CountsInTables(cell) || cell.purpose != "multi-purpose" ||
        cell.cell.task != "summarization")
      continue;
    const auto [counts, unit] = LengthsOf(cell);
    if (counts == nullptr) continue;
    figure.rows.push_back({cell.cell.model, Word(cell.model_class), cell.cell.dataset,
                           Maybe(cell.parameters), counts->input_mean, Maybe(counts->output_mean),
                           cell.emissions_g.mean, cell.energy_wh.mean * 1e-3, std::string(unit)});
  }
  return figure;
}

}  // namespace

std::vector<DataTable> StudyFigures(const StudyInput& study) {
  return {Figure1(study), Figure2(study), Figure3(study),
          Figure4(study), Figure5(study), Figure6(study)};
}

}  // namespace permille
