// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyse/study.h"

// When has inference cost as much as training? Pure.

namespace permille {

/// One part of what was spent before the first query.
struct ParityTerm {
  std::string name;  ///< training, finetuning
  double kwh = 0;
  Provenance provenance = Provenance::kMeasured;
  std::string source;  ///< where the figure is from, or the formula: "1,000 GPU h x 400 W"
};

/// Training energy against the energy of a query.
struct Parity {
  std::vector<ParityTerm> terms;
  double spent_kwh = 0;
  double inference_kwh = 0;                  ///< of one query
  double queries = 0;                        ///< spent / inference, at full precision
  std::optional<Interval> queries_interval;  ///< from the interval of the inference energy
  double queries_printed =
      0;  ///< with the energy of a query rounded to two digits, as the study did
  std::vector<std::string> warnings;  ///< boundaries that differ
};

/// What a query costs and how that is known.
struct InferenceCost {
  double kwh = 0;  ///< of one query
  std::optional<Interval> interval;
  Attribution attribution = Attribution::kDevice;
  bool has_ram = false;
  bool has_cpu = false;
};

/// Set what was spent against what a query costs. kInvalid where either is not above 0.
Result<Parity> ComputeParity(std::vector<ParityTerm> terms, const InferenceCost& inference);

/// Energy of GPU hours: hours x TDP, modelled. kInvalid where either is not above 0.
Result<ParityTerm> GpuHours(const std::string& name, double hours, Watts tdp);

/// Parity of every model of the study's layout whose training energy was published.
DataTable ParityTable(const StudyInput& study);

/// What a query to one model costs, from a described study; absent when no cell is of that model.
std::optional<InferenceCost> InferenceOf(const StudyInput& study, const std::string& model);

/// Training and finetuning of a model as published.
std::vector<ParityTerm> PublishedTerms(const StudyModel& model);

/// The energy of a query as a straight line in the length of its output, fitted over the cells of
/// one model. A description of those cells: lengths beyond theirs are extrapolated.
struct LengthFit {
  double intercept_kwh = 0;
  double per_unit_kwh = 0;
  std::string unit;  ///< words or tokens
  std::size_t cells = 0;
};
/// Absent with fewer than three cells, or where outputs are all as long.
std::optional<LengthFit> FitLength(const StudyInput& study, const std::string& model);

}  // namespace permille
