// SPDX-License-Identifier: Apache-2.0
#include "analyse/claim_statistics.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "analyse/regression.h"
#include "analyse/study_tables.h"

namespace permille::claim {
namespace {

constexpr auto kGrams = ClaimQuantity::kGrams;
constexpr std::string_view kOwn = "task-specific";
constexpr std::string_view kMulti = "multi-purpose";

/// Geometric mean of the tasks' means; absent where one is not above 0.
Maybe GeometricMean(V v, std::initializer_list<std::string_view> tasks) {
  double sum = 0;
  for (const std::string_view task : tasks) {
    const Maybe mean = v.MeanRuns(Own(task));
    if (!mean || *mean <= 0) return std::nullopt;
    sum += std::log(*mean);
  }
  return std::exp(sum / static_cast<double>(tasks.size()));
}

}  // namespace

Selection Own(std::string_view task, std::string_view dataset) {
  return {task, kOwn, {}, dataset, {}};
}
Selection Multi(std::string_view task, std::string_view dataset) {
  return {task, kMulti, {}, dataset, {}};
}
Selection Model(std::string_view model, std::string_view task, std::string_view purpose) {
  return {task, purpose, model, {}, {}};
}

Maybe Over(Maybe a, Maybe b, double factor) {
  if (!a || !b || *b == 0) return std::nullopt;
  return *a / *b * factor;
}
Maybe Over(Maybe a, double b, double factor) {
  return Over(a, Maybe(b), factor);
}

namespace {

Maybe MultiOverOwn(V v, std::string_view task) {
  return Over(v.MeanRuns(Multi(task)), v.MeanRuns(Own(task)));
}

}  // namespace

Maybe MeanOfTasks(V v, std::initializer_list<std::string_view> tasks) {
  double sum = 0;
  for (const std::string_view task : tasks) {
    const Maybe mean = v.MeanRuns(Own(task));
    if (!mean) return std::nullopt;
    sum += *mean;
  }
  return sum / static_cast<double>(tasks.size());
}

Maybe TotalOf(V v, std::string_view column) {
  const DataTable& totals = v.study().totals;
  const std::size_t at = FindColumn(totals, column);
  if (at == totals.columns.size() || totals.rows.empty()) return std::nullopt;
  const auto* number = std::get_if<double>(&totals.rows[0][at]);
  return number == nullptr ? std::nullopt : Maybe(*number);
}

Maybe GenerativeOverDiscriminative(V v) {
  Maybe least;
  Maybe most;
  for (const std::string_view task :
       {"text-generation", "summarization", "image-to-text", "text-to-image"}) {
    const Maybe mean = v.MeanRuns(Own(task));
    if (!mean) return std::nullopt;
    least = std::min(least.value_or(*mean), *mean);
  }
  for (const std::string_view task :
       {"text-classification", "token-classification", "question-answering", "fill-mask",
        "image-classification", "object-detection"}) {
    const Maybe mean = v.MeanRuns(Own(task));
    if (!mean) return std::nullopt;
    most = std::max(most.value_or(*mean), *mean);
  }
  return Over(least, most);
}

Maybe ImagesOverText(V v) {
  return Over(GeometricMean(v, {"image-classification", "object-detection", "image-to-text",
                                "text-to-image"}),
              GeometricMean(v, {"text-classification", "token-classification", "question-answering",
                                "fill-mask", "text-generation", "summarization"}));
}

Maybe DecoderOverSeq2Seq(V v) {
  return Over(v.MeanRuns(Model("bigscience/bloomz-3b", {}, kMulti)),
              v.MeanRuns(Model("google/flan-t5-xl", {}, kMulti)));
}

Maybe DecoderOverSeq2SeqShort(V v) {
  double logs = 0;
  for (const std::string_view task : {"text-classification", "question-answering"}) {
    const Maybe ratio = Over(v.MeanRuns(Model("bigscience/bloomz-3b", task, kMulti)),
                             v.MeanRuns(Model("google/flan-t5-xl", task, kMulti)));
    if (!ratio || *ratio <= 0) return std::nullopt;
    logs += std::log(*ratio);
  }
  return std::exp(logs / 2);
}

Maybe LeastParity(V v) {
  Maybe least;
  for (const StudyModel& model : v.study().layout.multi_purpose) {
    const Maybe inference = v.MeanRuns(Model(model.model, {}, kMulti));
    if (!model.training_kwh || !inference || *inference <= 0) continue;
    const double queries =
        (*model.training_kwh + model.finetuning_kwh.value_or(0)) / (*inference / 1000);
    least = std::min(least.value_or(queries), queries);
  }
  return least;
}

Maybe MultiOnDiscriminative(V v) {
  const Maybe text = MultiOverOwn(v, "text-classification");
  const Maybe answers = MultiOverOwn(v, "question-answering");
  if (!text || !answers) return std::nullopt;
  return std::min(*text, *answers);
}

Maybe GapShrinksForSummaries(V v) {
  return Over(MultiOnDiscriminative(v), MultiOverOwn(v, "summarization"));
}

Maybe TaskExplainsMore(V v) {
  std::vector<double> energy;
  std::vector<double> size;
  std::vector<std::string> task;
  for (const ClaimView::ModelMean& model : v.ByModel(Own({}))) {
    if (!model.parameters || *model.parameters <= 0 || model.value <= 0) continue;
    energy.push_back(std::log(model.value));
    size.push_back(std::log(*model.parameters));
    task.push_back(model.task);
  }
  const Maybe by_task = GroupR2(task, energy);
  const Maybe by_size = LineR2(size, energy);
  if (!by_task || !by_size) return std::nullopt;
  return *by_task - *by_size;
}

Maybe SlopeByLength(V v, std::string_view model_class) {
  std::vector<std::string> model;
  std::vector<double> length;
  std::vector<double> grams;
  for (const ClaimView::CellMean& mean : v.Cells(Multi("summarization"), kGrams)) {
    const CellResult& cell = *mean.cell;
    if (cell.model_class != model_class) continue;
    const CountSummary* counts = LengthsOf(cell).counts;
    if (counts == nullptr || !counts->output_mean) continue;
    model.push_back(cell.cell.model);
    length.push_back(*counts->output_mean);
    grams.push_back(mean.value);
  }
  return WithinSlope(model, length, grams);
}

Maybe CountModels(V v) {
  std::set<std::string> models;
  for (const CellResult& cell : v.study().cells) {
    if (CountsInTables(cell)) models.insert(cell.cell.model);
  }
  if (models.empty()) return std::nullopt;
  return static_cast<double>(models.size());
}

Maybe CountPairs(V v) {
  std::set<std::pair<std::string, std::string>> pairs;
  for (const CellResult& cell : v.study().cells) {
    if (CountsInTables(cell)) pairs.emplace(cell.cell.task, cell.cell.dataset);
  }
  if (pairs.empty()) return std::nullopt;
  return static_cast<double>(pairs.size());
}

Maybe RunsPerCell(V v) {
  Maybe runs;
  for (const CellResult& cell : v.study().cells) {
    if (cell.cell.variant == "unlisted") continue;
    const double n = static_cast<double>(cell.runs.size());
    if (runs && *runs != n) return std::nullopt;
    runs = n;
  }
  return runs;
}

}  // namespace permille::claim
