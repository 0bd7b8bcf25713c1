// SPDX-License-Identifier: Apache-2.0
#include "analyse/cell_quality.h"

#include "analyse/imported_energy.h"
#include "catalog/catalog.h"

namespace permille {
namespace {

std::vector<Judged> Judgeable(const RunRecord& run) {
  std::vector<Judged> judged;
  for (const PredictionRecord& record : run.predictions) {
    if (record.sample >= run.samples.size()) continue;
    const auto& reference = run.samples[record.sample].reference;
    if (reference) judged.push_back({&record.prediction, &*reference});
  }
  return judged;
}

/// The main metric and those beside it; a metric beside it that does not fit the predictions is
/// left out.
bool Judge(CellResult& cell, const TaskEntry& task, std::span<const Judged> judged,
           const std::map<std::string, std::string>& labels) {
  auto main = Score(task.metric, judged, labels);
  if (!main) {
    if (cell.quality_note.empty()) cell.quality_note = main.error().message;
    return false;
  }
  cell.quality = std::move(*main);
  cell.quality_note.clear();
  for (const std::string& metric : task.also_metrics) {
    if (auto also = Score(metric, judged, labels)) cell.also_quality.push_back(std::move(*also));
  }
  return true;
}

}  // namespace

void FillQuality(CellResult& cell, const RunRecord& run, const std::string& label_map) {
  if (run.cell.task.empty() || IsImported(run)) return;
  if (run.cell.weights == "random") {
    cell.quality_note = "random weights have no accuracy";
    return;
  }
  const auto task = FindTask(run.cell.task);
  if (!task) {
    cell.quality_note = task.error().message;
    return;
  }
  if (!task->not_computed.empty()) {
    cell.quality_note = fmt::format("{} is not computed: {}", task->metric, task->not_computed);
    return;
  }
  const auto judged = Judgeable(run);
  if (judged.empty()) {
    cell.quality_note = "the dataset has no references";
    return;
  }
  if (label_map.empty() && Judge(cell, *task, judged, {})) return;
  const auto maps = LoadLabelMaps();
  if (!maps) return;
  for (const LabelMap& map : *maps) {
    if (!label_map.empty() && map.name != label_map) continue;
    if (Judge(cell, *task, judged, map.to)) {
      cell.quality_label_map = map.name;
      return;
    }
  }
}

}  // namespace permille
