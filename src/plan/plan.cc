// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/spelling.h"

namespace permille {
namespace {

constexpr int kRepeats = 10;

/// `; did you mean 'x'?` for the nearest of some names, or nothing.
std::string Suggest(const std::string& name, const std::vector<std::string>& known) {
  const auto nearest = Nearest(name, known);
  return nearest ? fmt::format("; did you mean '{}'?", *nearest) : std::string();
}

const TaskEntry* FindTaskIn(const std::vector<TaskEntry>& tasks, const std::string& name) {
  const auto found = std::ranges::find_if(tasks, [&](const TaskEntry& task) {
    return task.name == name || std::ranges::find(task.aliases, name) != task.aliases.end();
  });
  return found == tasks.end() ? nullptr : &*found;
}

Result<void> ResolveTask(const StudyCell& asked, const std::vector<TaskEntry>& tasks,
                         PlannedCell& cell) {
  if (asked.task.empty()) return {};
  if (const TaskEntry* task = FindTaskIn(tasks, asked.task)) {
    cell.task = task->name;
    return {};
  }
  std::vector<std::string> known;
  for (const TaskEntry& task : tasks) known.push_back(task.name);
  return Fail(ErrorCode::kNotFound, "{}: task: there is no task '{}'{}", asked.place, asked.task,
              Suggest(asked.task, known));
}

Result<void> ResolveModel(const StudyCell& asked, const std::vector<ModelEntry>& models,
                          PlannedCell& cell) {
  cell.model = asked.folder.empty() ? asked.model : asked.folder;
  const auto entry = std::ranges::find(models, asked.model, &ModelEntry::id);
  if (entry != models.end()) {
    cell.model = asked.model;
    if (cell.task.empty()) cell.task = entry->task;
    if (cell.weights.empty() && entry->weightless) cell.weights = "random:1";
    return {};
  }
  // What a fake engine runs is a name and nothing more.
  const bool fake = cell.engine.starts_with("fake");
  if (fake && cell.task.empty())
    return Fail(ErrorCode::kInvalid, "{}: task: a fake engine's cell must name one", asked.place);
  if (!asked.folder.empty() || fake) return {};
  std::vector<std::string> known;
  for (const ModelEntry& model : models) known.push_back(model.id);
  return Fail(ErrorCode::kNotFound,
              "{}: model: no model '{}'{}; permille list models has the ids, and a path counts "
              "from the study's folder",
              asked.place, asked.model, Suggest(asked.model, known));
}

Result<void> ResolveDataset(const StudyCell& asked, const std::vector<DatasetEntry>& datasets,
                            PlannedCell& cell) {
  if (asked.dataset.empty()) return {};
  const auto entry = std::ranges::find(datasets, asked.dataset, &DatasetEntry::name);
  if (entry != datasets.end()) {
    cell.dataset = asked.dataset;
    return {};
  }
  if (!asked.dataset_path.empty()) {
    cell.dataset = asked.dataset_path;
    return {};
  }
  std::vector<std::string> known;
  for (const DatasetEntry& dataset : datasets) known.push_back(dataset.name);
  return Fail(ErrorCode::kNotFound,
              "{}: dataset: no dataset '{}'{}; permille list datasets has the names, and a path "
              "counts from the study's folder",
              asked.place, asked.dataset, Suggest(asked.dataset, known));
}

/// A hash of what is to be measured, in the words of the study's file: the same wherever the file
/// lies.
std::string KeyOf(const StudyCell& asked, const PlannedCell& cell, std::int64_t threads) {
  std::string text = fmt::format("{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}", cell.task,
                                 asked.model, asked.dataset, cell.weights, cell.engine,
                                 cell.repeats, cell.queries, cell.batch, cell.extrapolate);
  const auto add = [&text](const auto& value) {
    text += value ? fmt::format("\x1f{}", *value) : std::string("\x1f-");
  };
  add(cell.warmup);
  add(cell.budget ? std::optional(cell.budget->value()) : std::nullopt);
  add(cell.baseline ? std::optional(cell.baseline->value()) : std::nullopt);
  for (const auto& [name, value] : cell.options) text += fmt::format("\x1f{}={}", name, value);
  if (threads != 0) text += fmt::format("\x1fthreads {}", threads);
  return HashHex(text);
}

void Override(PlannedCell& cell, const PlanFacts& facts) {
  if (facts.repeats) cell.repeats = static_cast<int>(*facts.repeats);
  if (facts.queries) cell.queries = *facts.queries;
  if (facts.budget) cell.budget = facts.budget;
  if (facts.baseline) cell.baseline = facts.baseline;
  if (facts.steps && cell.task == "text-to-image")
    cell.options["steps"] = std::to_string(*facts.steps);
}

}  // namespace

Result<std::vector<PlannedCell>> MakePlan(const StudyFile& study,
                                          const std::vector<ModelEntry>& models,
                                          const std::vector<TaskEntry>& tasks,
                                          const std::vector<DatasetEntry>& datasets,
                                          const PlanFacts& facts) {
  std::vector<PlannedCell> plan;
  for (const StudyCell& asked : study.cells) {
    PlannedCell cell;
    cell.weights = facts.trained ? facts.trained(asked.model) : std::string();
    if (cell.weights.empty()) cell.weights = asked.weights;
    if (!asked.engine.empty()) cell.engine = asked.engine;
    if (!facts.engine.empty()) cell.engine = facts.engine;
    cell.options = asked.options;
    cell.repeats = static_cast<int>(asked.repeats.value_or(kRepeats));
    cell.queries = asked.queries.value_or(cell.queries);
    if (asked.warmup) cell.warmup = static_cast<int>(*asked.warmup);
    cell.batch = static_cast<int>(asked.batch.value_or(1));
    cell.budget = asked.budget;
    cell.baseline = asked.baseline;
    cell.extrapolate = asked.extrapolate;
    PERMILLE_TRY(ResolveTask(asked, tasks, cell));
    PERMILLE_TRY(ResolveModel(asked, models, cell));
    PERMILLE_TRY(ResolveDataset(asked, datasets, cell));
    Override(cell, facts);
    cell.key = KeyOf(asked, cell, facts.threads);
    if (std::ranges::find(plan, cell.key, &PlannedCell::key) != plan.end())
      return Fail(ErrorCode::kInvalid, "{}: this cell stands in the study twice", asked.place);
    plan.push_back(std::move(cell));
  }
  return plan;
}

}  // namespace permille
