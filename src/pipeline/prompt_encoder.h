// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pipeline/graph_part.h"
#include "prep/tokenizer.h"

namespace permille {

/// What a diffusion model is told: one row of states a prompt, and with XL one vector.
struct PromptStates {
  std::vector<float> hidden;  ///< [rows, length, width]
  std::vector<float> pooled;  ///< [rows, pooled_width]; empty but for XL
  std::int64_t rows = 0;
  std::int64_t length = 0;
  std::int64_t width = 0;
  std::int64_t pooled_width = 0;
};

/// Prompts to states with one text encoder, or with the two of XL side by side.
class PromptEncoder {
 public:
  static Result<PromptEncoder> Load(const ModelFiles& files, bool large,
                                    const PredictorOptions& options, TensorEngine& engine);

  /// Turn prompts into padded ids.
  void Tokenize(std::span<const std::string> prompts);
  /// Tokens of each prompt of the last Tokenize, as cut, without padding.
  std::span<const std::int64_t> token_counts() const { return counts_; }
  /// Run the encoders on the last Tokenize.
  Result<void> Encode(PromptStates& states, Clock& clock, Seconds& forward);

  /// Where ids come from, for the record.
  std::string_view tokens() const { return sides_[0].tokenizer->source(); }
  void Cancel();
  std::int64_t parameters() const;

 private:
  struct Side {
    std::unique_ptr<Tokenizer> tokenizer;
    GraphPart encoder;
    std::size_t length = 0;
    std::vector<std::int64_t> ids;
  };
  PromptEncoder() = default;

  std::vector<Side> sides_;
  bool large_ = false;
  std::vector<std::int64_t> counts_;
  Encoding encoding_;
};

}  // namespace permille
