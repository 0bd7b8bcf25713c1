// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace permille {

/// A stretch of tokens that may be the answer, both ends included.
struct TokenSpan {
  std::size_t first = 0;
  std::size_t last = 0;
  float score = 0;
};

struct AnswerRules {
  std::size_t top_k = 1;
  std::size_t max_tokens = 15;  ///< of an answer
};

/// The spans of one feature, best first, with the probability that there is no answer.
struct FeatureAnswers {
  std::vector<TokenSpan> spans;
  float null_score = 0;
};

/// Choose the likeliest spans, as select_starts_ends of transformers 4.30.2 does, in 32-bit floats
/// as it does: softmax over the starts and over the ends that are allowed, the product of both, the
/// first token (CLS) taken for "no answer". As there, the best top_k of all spans are taken first
/// and those outside `allowed` dropped then, so fewer may come back; the first token always counts
/// as allowed where any is. `starts` and `ends` are logits, of equal size, finite and not empty;
/// both are overwritten.
FeatureAnswers ChooseSpans(std::span<float> starts, std::span<float> ends,
                           const std::vector<bool>& allowed, const AnswerRules& rules);

}  // namespace permille
