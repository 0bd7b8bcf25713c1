// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/generation_settings.h"

namespace permille {

/// Changes the scores of the next token as the settings say, in transformers' order: repetition
/// penalty, n-grams, bad words, minimum lengths, forced and suppressed tokens. Holds buffers for
/// one vocabulary; one search at a time.
class ScoreRules {
 public:
  /// `prompt` tokens are there before the first score; `limit` is LengthLimit of them.
  ScoreRules(const GenerationSettings& settings, std::size_t prompt, std::int64_t limit);

  /// Whether Apply would leave any scores alone: then there is no need to copy them.
  bool none() const { return none_; }
  /// Apply all rules to the scores of what follows `ids`.
  void Apply(std::span<const std::int64_t> ids, std::span<float> scores);

 private:
  void PenaliseRepetition(std::span<const std::int64_t> ids, std::span<float> scores);
  void BanNgrams(std::span<const std::int64_t> ids, std::span<float> scores) const;
  void BanWords(std::span<const std::int64_t> ids, std::span<float> scores) const;
  void BanEos(std::int64_t length, std::span<float> scores) const;
  void Force(std::int64_t length, std::span<float> scores) const;
  void GrowEos(std::int64_t length, std::span<float> scores) const;
  void Suppress(std::int64_t length, std::span<float> scores) const;

  const GenerationSettings& settings_;
  std::int64_t prompt_;
  std::int64_t limit_;
  bool none_ = true;
  std::vector<std::uint32_t> seen_;  // the round in which a token was met
  std::uint32_t round_ = 0;
};

/// Keep only what may be sampled: temperature, then the top_k best, then the fewest whose
/// probabilities reach top_p; everything else becomes -inf. Never fewer than `keep` tokens.
class ScoreWarper {
 public:
  ScoreWarper(const GenerationSettings& settings, std::size_t keep);
  void Apply(std::span<float> scores);

 private:
  void KeepTopK(std::span<float> scores);
  void KeepTopP(std::span<float> scores);

  const GenerationSettings& settings_;
  std::size_t keep_;
  std::vector<std::uint32_t> order_;
  std::vector<float> sorted_;
};

}  // namespace permille
