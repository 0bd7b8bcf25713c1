// SPDX-License-Identifier: Apache-2.0
#include "analyse/claim_view.h"

#include <algorithm>

#include "base/stats.h"

namespace permille {
namespace {

bool Fits(std::string_view wanted, const std::string& value) {
  return wanted.empty() || wanted == value;
}

std::optional<double> LongMean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  long double sum = 0;
  for (const double value : values) sum += value;
  return static_cast<double>(sum / static_cast<long double>(values.size()));
}

}  // namespace

bool ClaimView::Selected(const CellResult& cell, const Selection& over) const {
  return cell.in_study && !cell.cell.task.empty() && Fits(over.task, cell.cell.task) &&
         Fits(over.purpose, cell.purpose) && Fits(over.model, cell.cell.model) &&
         Fits(over.dataset, cell.cell.dataset) && Fits(over.modality, cell.modality);
}

std::optional<double> ClaimView::Of(const RunCost& run, ClaimQuantity of) const {
  const std::optional<double>& wh = attribution_ == Attribution::kMachine  ? run.machine_wh
                                    : attribution_ == Attribution::kDevice ? run.device_wh
                                                                           : run.marginal_wh;
  if (!wh) return std::nullopt;
  if (of == ClaimQuantity::kKwh) return *wh * 1e-3;
  if (run.wh == 0) return std::nullopt;
  return *wh == run.wh ? run.grams : *wh * (run.grams / run.wh);
}

std::vector<double> ClaimView::RunValues(const CellResult& cell, ClaimQuantity of) const {
  std::vector<double> values;
  for (std::size_t repeat = 0; repeat < cell.runs.size(); ++repeat) {
    if (without_ && static_cast<std::size_t>(*without_) == repeat) continue;
    if (const auto value = Of(cell.runs[repeat], of)) values.push_back(*value);
  }
  return values;
}

std::vector<double> ClaimView::RunValues(const Selection& over, ClaimQuantity of) const {
  std::vector<double> values;
  for (const CellResult& cell : study_.cells) {
    if (!Selected(cell, over)) continue;
    const auto own = RunValues(cell, of);
    values.insert(values.end(), own.begin(), own.end());
  }
  return values;
}

std::optional<double> ClaimView::MeanRuns(const Selection& over, ClaimQuantity of) const {
  return LongMean(RunValues(over, of));
}

std::optional<double> ClaimView::MedianRuns(const Selection& over, ClaimQuantity of) const {
  return Median(RunValues(over, of));
}

std::optional<double> ClaimView::MaxRun(const Selection& over, ClaimQuantity of) const {
  const auto values = RunValues(over, of);
  if (values.empty()) return std::nullopt;
  return *std::ranges::max_element(values);
}

std::vector<ClaimView::CellMean> ClaimView::Cells(const Selection& over, ClaimQuantity of) const {
  std::vector<CellMean> means;
  for (const CellResult& cell : study_.cells) {
    if (!Selected(cell, over)) continue;
    if (const auto mean = LongMean(RunValues(cell, of))) means.push_back({&cell, *mean});
  }
  return means;
}

std::optional<double> ClaimView::MinCell(const Selection& over, ClaimQuantity of) const {
  const auto means = Cells(over, of);
  if (means.empty()) return std::nullopt;
  return std::ranges::min_element(means, {}, &CellMean::value)->value;
}

std::optional<double> ClaimView::MaxCell(const Selection& over, ClaimQuantity of) const {
  const auto means = Cells(over, of);
  if (means.empty()) return std::nullopt;
  return std::ranges::max_element(means, {}, &CellMean::value)->value;
}

std::optional<double> ClaimView::MaxParameters(const Selection& over) const {
  std::optional<double> most;
  for (const CellResult& cell : study_.cells) {
    if (Selected(cell, over) && cell.parameters)
      most = std::max(most.value_or(0), *cell.parameters);
  }
  return most;
}

std::vector<ClaimView::ModelMean> ClaimView::ByModel(const Selection& over,
                                                     ClaimQuantity of) const {
  std::vector<ModelMean> means;
  std::vector<std::vector<double>> values;
  for (const CellResult& cell : study_.cells) {
    if (!Selected(cell, over)) continue;
    auto found = std::ranges::find_if(means, [&](const ModelMean& mean) {
      return mean.model == cell.cell.model && mean.task == cell.cell.task;
    });
    if (found == means.end()) {
      means.push_back({cell.cell.model, cell.cell.task, cell.model_class, cell.parameters, 0});
      values.emplace_back();
      found = means.end() - 1;
    }
    const auto own = RunValues(cell, of);
    auto& all = values[static_cast<std::size_t>(found - means.begin())];
    all.insert(all.end(), own.begin(), own.end());
  }
  std::vector<ModelMean> known;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const auto mean = LongMean(values[i]);
    if (!mean) continue;
    known.push_back(means[i]);
    known.back().value = *mean;
  }
  return known;
}

}  // namespace permille
