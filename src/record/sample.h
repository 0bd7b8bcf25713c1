// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace permille {

/// A rectangle in pixels of the original image, from its upper left corner.
struct PixelBox {
  double xmin = 0;
  double ymin = 0;
  double xmax = 0;
  double ymax = 0;
};

/// An object in an image. In a reference `score` is 1, and `crowd` says that the box holds many
/// that are not told apart: what is found there is neither right nor wrong.
struct LabelBox {
  std::string label;
  double score = 1;
  PixelBox box;
  bool crowd = false;
};

/// A stretch of a text with what is said of it: an entity (label "PER"), an answer, a filled mask.
/// `begin` and `end` count characters (Unicode code points, as Hugging Face pipelines do), `end`
/// excluded.
struct TextSpan {
  std::string label;
  double score = 1;
  std::string text;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// The right answer to a sample, as the dataset states it: one string for most tasks (a label, a
/// text), several where each is right.
struct Reference {
  std::vector<std::string> values;
  std::vector<LabelBox> boxes = {};  ///< object-detection
  std::vector<TextSpan> spans = {};  ///< token-classification: the entities, in order
};

/// How the hidden word of a fill-mask sample is written, whatever the model's own mask token is.
inline constexpr std::string_view kMaskMark = "[MASK]";

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
  std::vector<LabelBox> boxes;     ///< object-detection: the 100 best before any threshold
  /// token-classification: entities in order of text. question-answering: answers, best first; the
  /// one that says there is none has the label "no-answer". fill-mask: the best tokens of every
  /// mask, by mask, then best first (`labels` has those of the first mask).
  std::vector<TextSpan> spans;
  std::string image;              ///< text-to-image: the PNG file written, where one was asked for
  std::string image_hash;         ///< text-to-image: HashHex of the pixels
  std::optional<bool> flagged;    ///< text-to-image: by the safety checker, where the model has one
  std::int64_t input_tokens = 0;  ///< 0 when the task has none
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
