// SPDX-License-Identifier: Apache-2.0
#include "pipeline/answer_spans.h"

#include <algorithm>
#include <cmath>

namespace permille {
namespace {

constexpr float kForbidden = -10000.0F;  // the logit transformers gives such tokens

/// Logits to probabilities.
void Normalise(std::span<float> logits, const std::vector<bool>& allowed) {
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (!allowed[i]) logits[i] = kForbidden;
  }
  const float largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float& x : logits) sum += x = std::exp(x - largest);
  for (float& x : logits) x /= static_cast<float>(sum);
}

/// Keep the best `keep` of the spans offered, the earlier of equal ones first.
class BestSpans {
 public:
  explicit BestSpans(std::size_t keep) : keep_(keep) {}
  void Offer(const TokenSpan& span) {
    if (spans_.size() == keep_ && span.score <= spans_.back().score) return;
    if (spans_.size() == keep_) spans_.pop_back();
    const auto at =
        std::upper_bound(spans_.begin(), spans_.end(), span,
                         [](const TokenSpan& a, const TokenSpan& b) { return a.score > b.score; });
    spans_.insert(at, span);
  }
  std::vector<TokenSpan> Take() { return std::move(spans_); }

 private:
  std::size_t keep_;
  std::vector<TokenSpan> spans_;
};

}  // namespace

FeatureAnswers ChooseSpans(std::span<float> starts, std::span<float> ends,
                           const std::vector<bool>& allowed, const AnswerRules& rules) {
  Normalise(starts, allowed);
  Normalise(ends, allowed);
  FeatureAnswers answers;
  answers.null_score = starts[0] * ends[0];
  starts[0] = ends[0] = 0;
  BestSpans best(rules.top_k);
  for (std::size_t first = 0; first < starts.size(); ++first) {
    const std::size_t end = std::min(ends.size(), first + rules.max_tokens);
    for (std::size_t last = first; last < end; ++last) {
      best.Offer({first, last, starts[first] * ends[last]});
    }
  }
  answers.spans = best.Take();
  const bool any = std::find(allowed.begin(), allowed.end(), true) != allowed.end();
  const auto fits = [&](std::size_t token) { return any && (token == 0 || allowed[token]); };
  std::erase_if(answers.spans,
                [&](const TokenSpan& span) { return !fits(span.first) || !fits(span.last); });
  return answers;
}

}  // namespace permille
