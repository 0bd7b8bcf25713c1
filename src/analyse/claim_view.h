// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "analyse/study.h"

namespace permille {

/// Which cells a statistic is taken over; empty: any.
struct Selection {
  std::string_view task;
  std::string_view purpose;
  std::string_view model;
  std::string_view dataset;
  std::string_view modality;
};

enum class ClaimQuantity { kKwh, kGrams };

/// A study as seen under one attribution, with or without one of the repeats: what claims compute
/// from. Every figure is per 1,000 queries; absent when no cell is selected or the attribution is
/// not known for them.
class ClaimView {
 public:
  ClaimView(const StudyInput& study, Attribution attribution, std::optional<int> without = {})
      : study_(study), attribution_(attribution), without_(without) {}

  using Q = ClaimQuantity;
  std::optional<double> MeanRuns(const Selection& over, Q of = Q::kKwh) const;
  std::optional<double> MedianRuns(const Selection& over, Q of = Q::kKwh) const;
  std::optional<double> MaxRun(const Selection& over, Q of = Q::kKwh) const;
  std::optional<double> MinCell(const Selection& over, Q of = Q::kKwh) const;
  std::optional<double> MaxCell(const Selection& over, Q of = Q::kKwh) const;
  /// The largest number of parameters; of no attribution.
  std::optional<double> MaxParameters(const Selection& over) const;
  /// One mean per model, over its runs.
  struct ModelMean {
    std::string model;
    std::string task;
    std::string model_class;
    std::optional<double> parameters;
    double value = 0;
  };
  std::vector<ModelMean> ByModel(const Selection& over, Q of = Q::kKwh) const;
  /// The cells themselves, each with its mean.
  struct CellMean {
    const CellResult* cell = nullptr;
    double value = 0;
  };
  std::vector<CellMean> Cells(const Selection& over, Q of = Q::kKwh) const;

  const StudyInput& study() const { return study_; }
  Attribution attribution() const { return attribution_; }

 private:
  bool Selected(const CellResult& cell, const Selection& over) const;
  std::optional<double> Of(const RunCost& run, Q of) const;
  std::vector<double> RunValues(const CellResult& cell, Q of) const;
  std::vector<double> RunValues(const Selection& over, Q of) const;

  const StudyInput& study_;
  Attribution attribution_;
  std::optional<int> without_;
};

}  // namespace permille
