// SPDX-License-Identifier: Apache-2.0
#include "analyse/claim_view.h"

#include <algorithm>

#include "analyse/study_tables.h"
#include "base/stats.h"

namespace permille {
namespace {

bool Fits(std::string_view wanted, const std::string& value) {
  return wanted.empty() || wanted == value;
}

bool Fits(const CellResult& cell, const Selection& over) {
  return CountsInTables(cell) && Fits(over.task, cell.cell.task) &&
         Fits(over.purpose, cell.purpose) && Fits(over.model, cell.cell.model) &&
         Fits(over.dataset, cell.cell.dataset) && Fits(over.modality, cell.modality);
}

}  // namespace

ClaimView::ClaimView(const StudyInput& study, Attribution attribution)
    : study_(study), attribution_(attribution) {
  for (const CellResult& cell : study.cells) {
    kwh_.push_back(ReadCell(cell, Q::kKwh));
    grams_.push_back(ReadCell(cell, Q::kGrams));
  }
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

ClaimView::CellRuns ClaimView::ReadCell(const CellResult& cell, ClaimQuantity of) const {
  const std::size_t n = cell.runs.size();
  CellRuns runs;
  runs.values.reserve(n);
  runs.sums.resize(n + 1);
  // Those before it and those behind it: taking it off the whole sum would cost digits.
  long double before = 0;
  for (std::size_t i = 0; i < n; ++i) {
    runs.values.push_back(Of(cell.runs[i], of));
    runs.sums[i] = before;
    before += runs.values[i].value_or(0);
    if (runs.values[i]) ++runs.known;
  }
  runs.sums[n] = before;
  long double behind = 0;
  for (std::size_t i = n; i-- > 0;) {
    runs.sums[i] += behind;
    behind += runs.values[i].value_or(0);
  }
  return runs;
}

void ClaimView::Sum::Add(const Sum& other) {
  value += other.value;
  count += other.count;
}

std::optional<double> ClaimView::Sum::Mean() const {
  if (count == 0) return std::nullopt;
  return static_cast<double>(value / static_cast<long double>(count));
}

ClaimView::Sum ClaimView::SumOf(std::size_t cell, ClaimQuantity of) const {
  const CellRuns& runs = RunsOf(cell, of);
  if (!without_ || *without_ >= runs.values.size()) return {runs.sums.back(), runs.known};
  return {runs.sums[*without_], runs.known - (runs.values[*without_] ? 1 : 0)};
}

const std::vector<std::size_t>& ClaimView::Selected(const Selection& over) const {
  const auto [found, fresh] = selected_.try_emplace(
      {std::string(over.task), std::string(over.purpose), std::string(over.model),
       std::string(over.dataset), std::string(over.modality)});
  for (std::size_t i = 0; fresh && i < study_.cells.size(); ++i) {
    if (Fits(study_.cells[i], over)) found->second.push_back(i);
  }
  return found->second;
}

std::vector<double> ClaimView::RunValues(const Selection& over, ClaimQuantity of) const {
  std::vector<double> values;
  for (const std::size_t cell : Selected(over)) {
    const CellRuns& runs = RunsOf(cell, of);
    for (std::size_t repeat = 0; repeat < runs.values.size(); ++repeat) {
      if (repeat != without_ && runs.values[repeat]) values.push_back(*runs.values[repeat]);
    }
  }
  return values;
}

std::optional<double> ClaimView::MeanRuns(const Selection& over, ClaimQuantity of) const {
  Sum sum;
  for (const std::size_t cell : Selected(over)) sum.Add(SumOf(cell, of));
  return sum.Mean();
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
  for (const std::size_t cell : Selected(over)) {
    if (const auto mean = SumOf(cell, of).Mean()) means.push_back({&study_.cells[cell], *mean});
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
  for (const std::size_t cell : Selected(over)) {
    const auto& parameters = study_.cells[cell].parameters;
    if (parameters) most = std::max(most.value_or(0), *parameters);
  }
  return most;
}

std::vector<ClaimView::ModelMean> ClaimView::ByModel(const Selection& over,
                                                     ClaimQuantity of) const {
  std::vector<ModelMean> means;
  std::vector<Sum> sums;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> places;
  for (const std::size_t place : Selected(over)) {
    const CellResult& cell = study_.cells[place];
    const auto [found, fresh] = places.try_emplace({cell.cell.model, cell.cell.task}, means.size());
    if (fresh) {
      means.push_back({cell.cell.model, cell.cell.task, cell.model_class, cell.parameters, 0});
      sums.emplace_back();
    }
    sums[found->second].Add(SumOf(place, of));
  }
  std::vector<ModelMean> known;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const auto mean = sums[i].Mean();
    if (!mean) continue;
    known.push_back(std::move(means[i]));
    known.back().value = *mean;
  }
  return known;
}

}  // namespace permille
