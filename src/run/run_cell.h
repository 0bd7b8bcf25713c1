// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "dataset/dataset.h"
#include "engine/tensor_engine.h"
#include "meter/recorder.h"
#include "pipeline/task_options.h"
#include "run/measure.h"
#include "store/store.h"

namespace permille {

/// One cell as the user asks for it: the flags of `permille run`.
struct RunRequest {
  std::string model;            ///< id of models/, folder, or YAML
  std::string task;             ///< name or alias; empty: the model's own
  std::string engine = "onnx";  ///< onnx | fake:SPEC
  std::string weights;          ///< empty: the file's own, or random:1 where they are cut out
  std::string weight_stats;     ///< random weights: the CSV of `permille model stats`
  std::string meter = "auto";   ///< spec of MakeMeters
  std::optional<std::string> gpu;
  std::string dataset;  ///< name or path; empty: the task's default
  DatasetOptions dataset_options;
  TaskOptions task_options;
  int repeats = 10;
  int first_repeat = 0;  ///< those before it are in the store already
  /// Of the whole cell (cell_budget.h): fewer queries and repeats than asked for where it ends.
  std::optional<Seconds> budget;
  std::map<std::string, std::string> facts;  ///< for the record of every run
  MeasureOptions measure;
  SessionOptions session;
  Result<void> Validate() const;
};

/// The meters of this machine at work: what the cells of a study share.
struct Instruments {
  std::unique_ptr<Clock> owned;  ///< of a replayed trace, which has a time of its own
  Clock* clock = nullptr;
  std::unique_ptr<Recorder> recorder;
  std::string sysfs_root;
};
/// Start the meters that `request` names.
Result<Instruments> StartInstruments(const RunRequest& request);

/// What came of it.
struct RunOutcome {
  std::vector<std::string> run_ids;  ///< finished and stored, in order
  std::optional<Error>
      stopped_by;                 ///< why it ended before the last repeat; absent when all are done
  std::vector<Window> idle_bare;  ///< of the first run
};

/// Measure every repeat of the cell, each in a fresh session, each stored as soon as it is
/// finished. An error before the first run is returned; one after it ends the work and is told in
/// the outcome.
Result<RunOutcome> RunCell(const RunRequest& request, Store& store);
/// The same with meters that are at work already.
Result<RunOutcome> RunCell(const RunRequest& request, Instruments& instruments, Store& store);

/// The fact of a cell's last run: why there is none after it, "repeats" or "budget".
inline constexpr const char* kCellEnd = "cell_end";

}  // namespace permille
