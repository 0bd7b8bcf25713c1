// SPDX-License-Identifier: Apache-2.0
#include "analyse/study_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analyse/pooled.h"

namespace permille {
namespace {

DataTable MakeTable(std::string id, std::string title, std::string caption,
                    std::vector<std::string> keys) {
  DataTable table{std::move(id), std::move(title), std::move(caption), {}, {}};
  for (std::string& key : keys) table.columns.push_back(PlainColumn(std::move(key)));
  return table;
}

std::string TitleOf(const StudyInput& study, const std::string& dataset) {
  const StudyDataset* known = study.layout.FindDataset(dataset);
  return known == nullptr ? dataset : known->title;
}

DataTable Table1(const StudyInput& study) {
  DataTable table = MakeTable("table-1", "Table 1: tasks and datasets", "",
                              {"task", "datasets", "models", "cells", "runs"});
  for (const TaskEntry& task : study.tasks) {
    const auto cells = Select(study.cells, [&](const CellResult& cell) {
      return CountsInTables(cell) && cell.cell.task == task.name;
    });
    if (cells.empty()) continue;
    std::vector<std::string> datasets;
    double runs = 0;
    for (const CellResult* cell : cells) {
      const std::string title = TitleOf(study, cell->cell.dataset);
      if (std::ranges::find(datasets, title) == datasets.end()) datasets.push_back(title);
      runs += static_cast<double>(cell->runs.size());
    }
    table.rows.push_back({task.name, datasets, static_cast<double>(ModelsOf(cells).size()),
                          static_cast<double>(cells.size()), runs});
  }
  return table;
}

DataTable Table2(const StudyInput& study) {
  DataTable table = MakeTable(
      "table-2", "Table 2: energy and carbon of 1,000 queries by task",
      std::string(kPerThousandQueries) +
          " Task-specific models; mean, deviation and median over single runs, so that std shows "
          "how models and datasets differ, and repeatability how repeats do.",
      {"task"});
  AddStatsColumns(table, "energy_kwh", "energy, kWh");
  AddStatsColumns(table, "emissions_g", "carbon, gCO2e");
  for (const TaskEntry& task : study.tasks) {
    const auto cells = TaskSpecific(study, task.name);
    if (cells.empty()) continue;
    std::vector<DataValue> row = {task.name};
    AddStats(row, Pool(cells, kEnergyKwh));
    AddStats(row, Pool(cells, kEmissionsGrams));
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable Table3(const StudyInput& study) {
  DataTable table = MakeTable(
      "table-3", "Table 3: multi-purpose models",
      std::string(kPerThousandQueries) + " Mean over all tasks and datasets of the model.",
      {"model", "class", "parameters", "energy_kwh", "emissions_g", "std_kwh", "n",
       "repeatability_ci95_kwh", "expanded_kwh"});
  const auto all = Select(study.cells, [](const CellResult& cell) {
    return CountsInTables(cell) && cell.purpose == "multi-purpose";
  });
  for (const std::string& model : ModelsOf(all)) {
    const auto cells = MultiPurpose(study, model);
    const Pooled energy = Pool(cells, kEnergyKwh);
    table.rows.push_back({model, Word(cells.front()->model_class), Maybe(cells.front()->parameters),
                          energy.mean, Pool(cells, kEmissionsGrams).mean, Maybe(energy.std),
                          static_cast<double>(energy.n), Maybe(energy.repeatability),
                          Maybe(energy.expanded)});
  }
  std::ranges::stable_sort(table.rows, [](const auto& a, const auto& b) {
    const auto key = [](const auto& row) {
      const auto* name = std::get_if<std::string>(&row[1]);
      const auto* parameters = std::get_if<double>(&row[2]);
      return std::pair(name == nullptr ? std::string() : *name,
                       parameters == nullptr ? 0 : *parameters);
    };
    return key(a) < key(b);
  });
  return table;
}

/// Mean lengths of a dataset by model, from imported tables and from what runs counted.
struct Lengths {
  double input = 0;
  std::string unit;
  std::map<std::string, std::optional<double>> output;
};

DataTable Table4(const StudyInput& study) {
  std::map<std::pair<std::string, std::string>, Lengths> rows;  // task, dataset
  std::vector<std::pair<std::string, std::string>> order;
  std::set<std::string> models;
  for (const CellResult& cell : study.cells) {
    if (!CountsInTables(cell) || cell.purpose != "multi-purpose") continue;
    const auto [counts, unit] = LengthsOf(cell);
    if (counts == nullptr) continue;
    const std::pair key{cell.cell.task, cell.cell.dataset};
    const auto [row, fresh] = rows.try_emplace(key);
    if (fresh) order.push_back(key);
    row->second.input = counts->input_mean;
    row->second.unit = unit;
    row->second.output[cell.cell.model] = counts->output_mean;
    models.insert(cell.cell.model);
  }
  DataTable table = MakeTable("table-4", "Table 4: lengths of inputs and outputs",
                              "Means over the queries. Imported lengths are words between blanks.",
                              {"task", "dataset", "unit", "input_mean"});
  for (const std::string& model : models)
    table.columns.push_back({{"output_mean", model}, "output, " + model});
  for (const auto& key : order) {
    const Lengths& lengths = rows.at(key);
    std::vector<DataValue> row = {key.first, key.second, lengths.unit, lengths.input};
    for (const std::string& model : models) {
      const auto found = lengths.output.find(model);
      row.push_back(found == lengths.output.end() ? DataValue() : Maybe(found->second));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

DataTable Table5(const StudyInput& study) {
  DataTable table =
      MakeTable("table-5", "Table 5: queries until inference has cost as much as training",
                "Training was metered, finetuning estimated from GPU hours and TDP, inference is "
                "this store's: "
                "their boundaries differ (permille parity). parity_queries_printed divides by the "
                "energy of a "
                "query rounded to two digits, as the study did.",
                {"model", "training_kwh", "finetuning_kwh", "inference_kwh", "parity_queries",
                 "parity_queries_printed"});
  for (const StudyModel& model : study.layout.multi_purpose) {
    const auto cells = MultiPurpose(study, model.model);
    if (!model.training_kwh || cells.empty()) continue;
    const double inference = Pool(cells, kEnergyKwh).mean / 1000;
    const double spent = *model.training_kwh + model.finetuning_kwh.value_or(0);
    const auto queries = [&](double one) -> DataValue {
      if (one <= 0) return std::monostate();
      return std::floor(spent / one);
    };
    table.rows.push_back({model.model, *model.training_kwh, Maybe(model.finetuning_kwh), inference,
                          queries(inference), queries(AsPrinted(inference, 2))});
  }
  return table;
}

DataTable Table6(const StudyInput& study) {
  DataTable table = MakeTable("table-6", "Table 6: models by task", "", {"task", "models"});
  for (const TaskEntry& task : study.tasks) {
    const auto cells = TaskSpecific(study, task.name);
    if (!cells.empty()) table.rows.push_back({task.name, ModelsOf(cells)});
  }
  return table;
}

DataTable Table7(const StudyInput& study) {
  DataTable table =
      MakeTable("table-7", "Table 7: quality",
                "same_queries: whether the score is of the very queries whose energy was metered.",
                {"task", "model", "dataset", "metric", "value", "ci95", "same_queries", "source"});
  for (const CellResult& cell : study.cells) {
    if (!CountsInTables(cell)) continue;
    for (const CellScore& score : cell.scores) {
      table.rows.push_back({cell.cell.task, cell.cell.model, cell.cell.dataset, score.metric,
                            score.value, Maybe(score.ci95), score.same_queries, score.source});
    }
  }
  return table;
}

}  // namespace

std::vector<DataTable> StudyTables(const StudyInput& study) {
  return {Table1(study), Table2(study), Table3(study), Table4(study),
          Table5(study), Table6(study), Table7(study)};
}

bool CountsInTables(const CellResult& cell) {
  return cell.in_study && !cell.cell.task.empty();
}

std::vector<const CellResult*> TaskSpecific(const StudyInput& study, std::string_view task) {
  return Select(study.cells, [&](const CellResult& cell) {
    return CountsInTables(cell) && cell.cell.task == task && cell.purpose != "multi-purpose";
  });
}

std::vector<const CellResult*> MultiPurpose(const StudyInput& study, std::string_view model) {
  return Select(study.cells, [&](const CellResult& cell) {
    return CountsInTables(cell) && cell.purpose == "multi-purpose" && cell.cell.model == model;
  });
}

std::vector<std::string> ModelsOf(const std::vector<const CellResult*>& cells) {
  std::vector<std::string> models;
  for (const CellResult* cell : cells) {
    if (std::ranges::find(models, cell->cell.model) == models.end())
      models.push_back(cell->cell.model);
  }
  return models;
}

CellLengths LengthsOf(const CellResult& cell) {
  if (cell.words && cell.words->output_mean) return {&*cell.words, "words"};
  if (cell.tokens) return {&*cell.tokens, "tokens"};
  return {};
}

double AsPrinted(double value, int digits) {
  return std::strtod(fmt::format("{:.{}e}", value, digits - 1).c_str(), nullptr);
}

}  // namespace permille
