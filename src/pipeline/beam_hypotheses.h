// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/generation_settings.h"

namespace permille {

/// The best finished results of one prompt in a beam search, as transformers 4.30.2 keeps them: a
/// result's score is its summed log-probability over its length (prompt included, EOS not) to the
/// power of length_penalty.
class BeamHypotheses {
 public:
  struct Result {
    double score = 0;
    std::vector<std::int64_t> ids;
  };

  /// `limit`: the length at which the search ends whatever happens.
  BeamHypotheses(const GenerationSettings& settings, std::int64_t limit);

  void Add(std::span<const std::int64_t> ids, double log_probability);
  /// Whether no open beam, the best of which has `best_log_probability` at a length of `length`,
  /// is waited for.
  bool Done(double best_log_probability, std::int64_t length) const;
  /// The best; there is one once the search is over.
  const Result& Best() const;

 private:
  double Divided(double log_probability, std::int64_t length) const;

  std::size_t beams_;
  double length_penalty_;
  EarlyStopping stopping_;
  std::int64_t limit_;
  double worst_ = 1e9;
  std::vector<Result> results_;
};

}  // namespace permille
