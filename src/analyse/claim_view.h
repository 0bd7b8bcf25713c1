// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
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
/// not known for them. Runs are read and added up once, on construction, so that a jackknife over
/// many repeats is cheap. Must not outlive the study; not thread-safe.
class ClaimView {
 public:
  ClaimView(const StudyInput& study, Attribution attribution);
  /// Leave this repeat of every cell out of all that follows, or none.
  void LeaveOut(std::optional<std::size_t> repeat) { without_ = repeat; }

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
  /// One quantity of one cell.
  struct CellRuns {
    std::vector<std::optional<double>> values;  ///< by repeat
    std::vector<long double> sums;  ///< of the known ones but that repeat's; the last: of them all
    std::size_t known = 0;
  };
  /// A sum that is still to be divided.
  struct Sum {
    long double value = 0;
    std::size_t count = 0;
    void Add(const Sum& other);
    std::optional<double> Mean() const;
  };

  std::optional<double> Of(const RunCost& run, Q of) const;
  CellRuns ReadCell(const CellResult& cell, Q of) const;
  const CellRuns& RunsOf(std::size_t cell, Q of) const {
    return of == Q::kKwh ? kwh_[cell] : grams_[cell];
  }
  Sum SumOf(std::size_t cell, Q of) const;
  /// The places of the selected cells, remembered.
  const std::vector<std::size_t>& Selected(const Selection& over) const;
  std::vector<double> RunValues(const Selection& over, Q of) const;

  const StudyInput& study_;
  Attribution attribution_;
  std::optional<std::size_t> without_;
  std::vector<CellRuns> kwh_;    ///< by cell of the study
  std::vector<CellRuns> grams_;  ///< the same
  mutable std::map<std::array<std::string, 5>, std::vector<std::size_t>> selected_;
};

}  // namespace permille
