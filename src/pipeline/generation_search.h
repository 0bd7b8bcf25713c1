// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "pipeline/generation_settings.h"

namespace permille {

/// Prompts of one length: shorter ones are filled up on the left, as transformers wants it for
/// generation.
struct PromptBatch {
  std::size_t length = 0;
  std::vector<std::vector<std::int64_t>> rows;  ///< of `length` ids each
  std::vector<std::size_t> padding;             ///< of each row, how many ids on the left are that
  std::vector<std::uint64_t> seeds;             ///< of each row, for sampling
};

/// The scores of the next token, a row for each sequence; valid until the model is asked again.
struct NextScores {
  const float* first = nullptr;
  std::size_t stride = 0;  ///< floats from row to row
  std::size_t vocabulary = 0;
  std::span<const float> row(std::size_t index) const {
    return {first + index * stride, vocabulary};
  }
};

/// What a search asks of a model.
class NextTokenModel {
 public:
  virtual ~NextTokenModel() = default;
  /// Feed the prompts.
  virtual Result<NextScores> Begin(const PromptBatch& prompts) = 0;
  /// Feed one more token: `rows` are the sequences so far, each longer by one than sequence
  /// `parents[i]` of the call before. Parents belong to the same prompt.
  virtual Result<NextScores> Continue(std::span<const std::size_t> parents,
                                      const std::vector<std::vector<std::int64_t>>& rows) = 0;
};

/// What came of one prompt.
struct GeneratedSequence {
  std::vector<std::int64_t> ids;  ///< padding, prompt and result, EOS included where it came
  std::size_t prompt = 0;         ///< ids before the result, padding included
  bool finite = true;             ///< false when a score was NaN or infinite
};

/// Generate greedily, by sampling, or by beam search, as the settings say: the sequences of
/// transformers 4.30.2 (sampling draws from the same distribution, not the same numbers). A row
/// that ended is fed padding until the last one has, but its sequence stops.
Result<std::vector<GeneratedSequence>> Generate(NextTokenModel& model, const PromptBatch& prompts,
                                                const GenerationSettings& settings);

/// The part of Generate for num_beams above 1.
Result<std::vector<GeneratedSequence>> GenerateByBeams(NextTokenModel& model,
                                                       const PromptBatch& prompts,
                                                       const GenerationSettings& settings);

}  // namespace permille
