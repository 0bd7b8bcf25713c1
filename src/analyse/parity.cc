// SPDX-License-Identifier: Apache-2.0
#include "analyse/parity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "analyse/pooled.h"
#include "analyse/regression.h"
#include "analyse/study_tables.h"

namespace permille {
namespace {

std::vector<std::string> Warnings(const std::vector<ParityTerm>& terms,
                                  const InferenceCost& inference) {
  std::vector<std::string> warnings;
  const bool estimated = std::ranges::any_of(
      terms, [](const ParityTerm& term) { return term.provenance != Provenance::kMeasured; });
  if (estimated && (inference.has_ram || inference.has_cpu)) {
    warnings.push_back(
        fmt::format("GPU hours times TDP count GPUs alone; the energy of a query counts {} too",
                    inference.has_ram && inference.has_cpu ? "CPU and RAM"
                    : inference.has_ram                    ? "RAM"
                                                           : "CPU"));
  }
  if (inference.attribution == Attribution::kMachine)
    warnings.push_back("the energy of a query counts the whole machine, idle GPUs included");
  if (inference.attribution == Attribution::kMarginal)
    warnings.push_back("the energy of a query leaves out what the idle machine draws");
  return warnings;
}

}  // namespace

Result<ParityTerm> GpuHours(const std::string& name, double hours, Watts tdp) {
  if (!(hours > 0) || !(tdp.value() > 0)) {
    return Fail(ErrorCode::kInvalid, "parity: {}: {} GPU hours x {} W is no energy", name, hours,
                tdp.value());
  }
  return ParityTerm{name, hours * tdp.value() / 1000, Provenance::kModelled,
                    fmt::format("{:g} GPU h x {:g} W", hours, tdp.value())};
}

Result<Parity> ComputeParity(std::vector<ParityTerm> terms, const InferenceCost& inference) {
  Parity parity;
  for (const ParityTerm& term : terms) parity.spent_kwh += term.kwh;
  if (!(parity.spent_kwh > 0))
    return Fail(ErrorCode::kInvalid, "parity: training and finetuning add up to nothing");
  if (!(inference.kwh > 0))
    return Fail(ErrorCode::kInvalid, "parity: a query costs {} kWh: nothing to divide by",
                inference.kwh);
  parity.inference_kwh = inference.kwh;
  parity.queries = parity.spent_kwh / inference.kwh;
  parity.queries_printed = std::floor(parity.spent_kwh / AsPrinted(inference.kwh, 2) + 1e-6);
  if (inference.interval && inference.interval->low > 0)
    parity.queries_interval = Interval{parity.spent_kwh / inference.interval->high,
                                       parity.spent_kwh / inference.interval->low};
  parity.warnings = Warnings(terms, inference);
  parity.terms = std::move(terms);
  return parity;
}

std::optional<InferenceCost> InferenceOf(const StudyInput& study, const std::string& model) {
  auto cells = MultiPurpose(study, model);
  if (cells.empty()) {
    cells = Select(study.cells, [&](const CellResult& cell) {
      return cell.cell.model == model && CountsInTables(cell);
    });
  }
  if (cells.empty()) return std::nullopt;
  const Pooled pooled = Pool(cells, kEnergyKwh);
  InferenceCost cost;
  cost.kwh = pooled.mean / 1000;
  if (pooled.expanded)
    cost.interval = Interval{pooled.expanded->low / 1000, pooled.expanded->high / 1000};
  cost.attribution = cells.front()->rules.attribution;
  for (const ComponentShare& share : cells.front()->components) {
    cost.has_ram |= share.component == Component::kRam;
    cost.has_cpu |= share.component == Component::kCpu;
  }
  return cost;
}

std::vector<ParityTerm> PublishedTerms(const StudyModel& model) {
  std::vector<ParityTerm> terms;
  if (model.training_kwh)
    terms.push_back({"training", *model.training_kwh, Provenance::kMeasured,
                     "Luccioni et al. 2022, as published"});
  if (model.finetuning_kwh)
    terms.push_back({"finetuning", *model.finetuning_kwh, Provenance::kModelled,
                     "GPU hours x TDP, Muennighoff et al. 2022, as published"});
  return terms;
}

std::optional<LengthFit> FitLength(const StudyInput& study, const std::string& model) {
  LengthFit fit;
  std::vector<double> length;
  std::vector<double> kwh;
  for (const CellResult& cell : study.cells) {
    const auto [counts, unit] = LengthsOf(cell);
    if (cell.cell.model != model || !cell.in_study || counts == nullptr || !counts->output_mean)
      continue;
    length.push_back(*counts->output_mean);
    kwh.push_back(cell.energy_wh.mean * 1e-6);  // of one query
    fit.unit = unit;
  }
  fit.cells = length.size();
  if (fit.cells < 3) return std::nullopt;
  const std::vector<std::string> one(fit.cells);
  const auto slope = WithinSlope(one, length, kwh);
  if (!slope) return std::nullopt;
  fit.per_unit_kwh = *slope;
  fit.intercept_kwh = *Mean(kwh) - *slope * *Mean(length);
  return fit;
}

DataTable ParityTable(const StudyInput& study) {
  DataTable table{"parity",
                  "Parity: queries that cost as much as training",
                  "printed: with the energy of a query rounded to two digits, as the study did; "
                  "interval: that of the energy of a query (k = 2).",
                  {},
                  {}};
  table.columns = {PlainColumn("model"),
                   {{"terms", "training_kwh"}, "training, kWh"},
                   {{"terms", "training_provenance"}, "known how"},
                   {{"terms", "finetuning_kwh"}, "finetuning, kWh"},
                   {{"terms", "finetuning_provenance"}, "known how"},
                   {{"inference_kwh", "mean"}, "one query, kWh"},
                   {{"inference_kwh", "interval"}, "interval"},
                   {{"queries", "full"}, "queries"},
                   {{"queries", "interval"}, "interval"},
                   {{"queries", "printed"}, "printed"},
                   PlainColumn("warnings")};
  for (const StudyModel& model : study.layout.multi_purpose) {
    const auto inference = InferenceOf(study, model.model);
    if (!model.training_kwh || !inference) continue;
    const auto parity = ComputeParity(PublishedTerms(model), *inference);
    if (!parity) continue;
    table.rows.push_back(
        {model.model, *model.training_kwh, std::string("measured: Luccioni et al. 2022"),
         Maybe(model.finetuning_kwh),
         Word(model.finetuning_kwh ? "modelled: GPU hours x TDP, Muennighoff et al. 2022" : ""),
         inference->kwh, Maybe(inference->interval), std::floor(parity->queries),
         Maybe(parity->queries_interval), parity->queries_printed, parity->warnings});
  }
  return table;
}

}  // namespace permille
