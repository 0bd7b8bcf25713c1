// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "pipeline/pipeline.h"

namespace permille {

/// A question (Sample::text) on a passage (Sample::context) to stretches of the passage, as the
/// question-answering pipeline of transformers 4.30.2 gives them: passages longer than the model
/// reads at once (at most 384 tokens) cut into overlapping pieces (TaskOptions::doc_stride),
/// answers of at most max_answer_tokens tokens widened to whole words, the top_k (default 1) best
/// in Prediction::spans, the best one in `text`. With TaskOptions::no_answer "there is none" is one
/// of them. A sample without question or passage is kInvalid.
Result<LoadedPredictor> MakeQuestionAnswering(const ModelFiles& files,
                                              const PredictorOptions& options);

}  // namespace permille
