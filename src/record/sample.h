// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"

namespace permille {

/// The right answer to a sample, as the dataset states it: one string for most tasks (a label, a
/// text).
struct Reference {
  std::vector<std::string> values;
};

/// One input. Only the fields its task needs are set.
struct Sample {
  std::string id;          ///< stable within the dataset: row number, file name
  std::string text;        ///< sentence, question, prompt, document
  std::string context;     ///< question-answering: the passage
  std::string image_path;  ///< image tasks
  std::optional<Reference> reference;
};

/// A label with its score (probability or logit, as the model's head gives it).
struct LabelScore {
  std::string label;
  double score = 0;
};

/// What the model said, raw: before any threshold or parsing.
struct Prediction {
  std::string text;                ///< generated or extracted text, before parsing
  std::vector<LabelScore> labels;  ///< best first
  std::int64_t input_tokens = 0;   ///< 0 when the task has none
  std::int64_t output_tokens = 0;
  bool finite = true;  ///< false when an output held NaN or Inf
};

/// Time inside one query. Timed only: meters update far too slowly to split joules by phase.
struct PhaseTimes {
  Seconds preprocess;
  Seconds prefill;
  Seconds decode;
  Seconds forward;  ///< inside Session::Run (all of it, for one-pass tasks)
  Seconds postprocess;
};

}  // namespace permille
