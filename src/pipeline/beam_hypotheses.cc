// SPDX-License-Identifier: Apache-2.0
#include "pipeline/beam_hypotheses.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace permille {

BeamHypotheses::BeamHypotheses(const GenerationSettings& settings, std::int64_t limit)
    : beams_(static_cast<std::size_t>(settings.num_beams)),
      length_penalty_(settings.length_penalty),
      stopping_(settings.early_stopping),
      limit_(limit) {}

double BeamHypotheses::Divided(double log_probability, std::int64_t length) const {
  return log_probability / std::pow(static_cast<double>(length), length_penalty_);
}

void BeamHypotheses::Add(std::span<const std::int64_t> ids, double log_probability) {
  const double score = Divided(log_probability, static_cast<std::int64_t>(ids.size()));
  if (results_.size() >= beams_ && !(score > worst_)) return;
  results_.push_back({score, {ids.begin(), ids.end()}});
  if (results_.size() <= beams_) {
    worst_ = std::min(score, worst_);
    return;
  }
  const auto by_score = [](const Result& a, const Result& b) { return a.score < b.score; };
  results_.erase(std::min_element(results_.begin(), results_.end(), by_score));
  worst_ = std::min_element(results_.begin(), results_.end(), by_score)->score;
}

bool BeamHypotheses::Done(double best_log_probability, std::int64_t length) const {
  if (results_.size() < beams_) return false;
  switch (stopping_) {
    case EarlyStopping::kAtOnce:
      return true;
    case EarlyStopping::kEstimate:
      return worst_ >= Divided(best_log_probability, length);
    case EarlyStopping::kNever:
      // Log-probabilities are negative: with a penalty above 0 the longest result scores best.
      return worst_ >= Divided(best_log_probability, length_penalty_ > 0 ? limit_ : length);
  }
  return true;
}

const BeamHypotheses::Result& BeamHypotheses::Best() const {
  // Of equals the one that came last.
  std::size_t best = 0;
  for (std::size_t i = 1; i < results_.size(); ++i) {
    if (results_[i].score >= results_[best].score) best = i;
  }
  return results_[best];
}

}  // namespace permille
