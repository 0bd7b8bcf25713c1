// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "catalog/catalog.h"
#include "plan/study_file.h"

// A study, what the catalog knows and the facts of this machine, joined into the cells to be
// measured, in order, each with a key that stays the same from call to call: the store's runs carry
// it, and that is how a study goes on where it stopped. Pure.

namespace permille {

/// One cell to be measured: every name resolved, every default filled in.
struct PlannedCell {
  std::string key;      ///< of all below: stable, unique in a plan
  std::string task;     ///< empty: a folder of the user's that says itself what it is for
  std::string model;    ///< id of models/, or a path
  std::string dataset;  ///< name or path; empty: the task's default
  std::string weights;  ///< as `--weights`; empty: the model's own
  std::string engine = "onnx";
  std::map<std::string, std::string> options;
  int repeats = 1;
  std::int64_t queries = 1000;  ///< of a repeat, at most where there is a budget
  std::optional<int> warmup;    ///< absent: until steady
  int batch = 1;
  std::optional<Seconds> budget;  ///< of all repeats, loading and baselines included
  std::optional<Seconds> baseline;
  bool extrapolate = false;  ///< fewer denoising steps than the figure is of: report that one too
};

/// What this machine has and what the user asked for on top of the study's file.
struct PlanFacts {
  /// The trained weights of a model that are at hand, as `--weights`; empty: none.
  std::function<std::string(const std::string& model)> trained;
  std::optional<std::int64_t> repeats;
  std::optional<std::int64_t> queries;
  std::optional<std::int64_t> steps;  ///< denoising steps of text-to-image cells
  std::optional<Seconds> budget;
  std::optional<Seconds> baseline;
  std::string engine;
  /// Of the session, as far as it was asked for: other threads, other cells.
  std::int64_t threads = 0;
};

/// Join them. kNotFound for a model, task or dataset that there is not, with "did you mean";
/// kInvalid for a cell that stands there twice.
Result<std::vector<PlannedCell>> MakePlan(const StudyFile& study,
                                          const std::vector<ModelEntry>& models,
                                          const std::vector<TaskEntry>& tasks,
                                          const std::vector<DatasetEntry>& datasets,
                                          const PlanFacts& facts);

}  // namespace permille
