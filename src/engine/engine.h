// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/tensor_engine.h"
#include "record/sample.h"

// The engine folder in a dozen lines. What executes has one of two faces. Tensors: ONNX Runtime, in
// process (onnx.cc behind TensorEngine); a pipeline/ file turns it into a predictor for one task.
// Samples: something that takes the sample itself and answers (fake.cc: known cost on a clock, for
// tests). kEngines[] in engine.cc is the table.

namespace permille {

/// What one call gave.
struct Answer {
  std::vector<Prediction> predictions;  ///< one per sample
  PhaseTimes phases;                    ///< of the whole call
};

/// Sample in, prediction out: one model for one task, loaded. One call is one query (or one batch).
class Predictor {
 public:
  virtual ~Predictor() = default;
  virtual Result<Answer> Predict(std::span<const Sample> batch) = 0;
  /// Processes that work for it besides ours, for attribution.
  virtual std::vector<pid_t> pids() const { return {}; }
  virtual void Cancel() {}
  /// Facts for the environment: engine version, provider, threads, memory, parameters.
  virtual std::vector<std::pair<std::string, std::string>> facts() const { return {}; }
};

/// `fake:latency=1ms,load=200ms,first=5ms,label=POSITIVE,score=0.9,fail_at=10,nan_at=3,tokens=7,sleep=clock`
/// A predictor of known cost: each query (sample) takes exactly `latency` on `clock`, the first one
/// `first` where given. Loading takes `load`. Queries count from 1: `fail_at` is an engine error,
/// `nan_at` a prediction that is not finite. `label=A|B` takes turns; `accuracy=0.9` answers the
/// reference label nine times in ten, evenly spread; `tokens=7/12` is input/output; `sleep=busy`
/// burns a core instead (real clock only).
Result<std::unique_ptr<Predictor>> MakeFakePredictor(std::string_view spec, Clock& clock);

struct EngineEntry {
  std::string_view name;
  std::string_view help;
};
std::span<const EngineEntry> Engines();

}  // namespace permille
