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

}  // namespace

void FillQuality(CellResult& cell, const RunRecord& run, const std::string& label_map) {
  if (run.cell.task.empty() || IsImported(run)) return;
  if (run.cell.weights == "random") {
    cell.quality_note = "random weights have no accuracy";
    return;
  }
  const auto judged = Judgeable(run);
  if (judged.empty()) {
    cell.quality_note = "the dataset has no references";
    return;
  }
  const auto task = FindTask(run.cell.task);
  if (!task) {
    cell.quality_note = task.error().message;
    return;
  }
  const auto maps = LoadLabelMaps();
  auto direct = Score(task->metric, judged);
  if (direct && label_map.empty()) {
    cell.quality = *direct;
    return;
  }
  if (!direct) cell.quality_note = direct.error().message;
  if (!maps) return;
  for (const LabelMap& map : *maps) {
    if (!label_map.empty() && map.name != label_map) continue;
    if (auto mapped = Score(task->metric, judged, map.to)) {
      cell.quality = *mapped;
      cell.quality_label_map = map.name;
      cell.quality_note.clear();
      return;
    }
  }
}

}  // namespace permille
