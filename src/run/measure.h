// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dataset/dataset.h"
#include "engine/engine.h"
#include "meter/recorder.h"
#include "record/run_record.h"

namespace permille {

/// How one run is measured.
struct MeasureOptions {
  std::int64_t queries = 1000;
  int batch = 1;
  std::optional<int> warmup;        ///< absent: until steady (warmup.h)
  std::optional<Seconds> baseline;  ///< length of each idle window; absent: chosen; 0: none
  /// No further query begins once the run has lasted so long, loading and idle windows included;
  /// one is made at least. Absent: as many as `queries`, in whole passes.
  std::optional<Seconds> time_limit;
  /// Idle windows of another run, which stand for this one's own: a phase that is among them is not
  /// waited for again.
  std::vector<Window> shared_idle;
  std::string shared_from;  ///< that run's id, for the record
  bool show_progress = true;
  std::string title;  ///< of the progress line
  Result<void> Validate() const;
};

/// Loads the model anew: called inside the load window of every run.
using LoadPredictor = std::function<Result<std::unique_ptr<Predictor>>()>;

/// Length of an idle window: as asked, else as the meters need it.
Seconds BaselineLength(const Recorder& recorder, const MeasureOptions& options);

/// Measure one run of `queries` queries over `dataset` in a fresh session: windows idle_bare, load,
/// idle_loaded, warmup, query, idle_loaded. The query window is lengthened by whole passes over the
/// samples until every hardware channel has been updated 200 times. The samples are taken in order,
/// again from the start when they run out. kCancelled when interrupted; kEngine, naming the sample,
/// when the model fails or its output is not finite. `cell`, `repeat` and `block` of the result are
/// the caller's to fill.
Result<RunRecord> MeasureRun(Recorder& recorder, const LoadPredictor& load, const Dataset& dataset,
                             const MeasureOptions& options);

}  // namespace permille
