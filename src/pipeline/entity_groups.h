// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/sample.h"

namespace permille {

enum class Aggregation { kNone, kSimple, kFirst, kAverage, kMax };
std::optional<Aggregation> ParseAggregation(std::string_view name);

/// One token of a text, judged.
struct LabelledToken {
  std::string word;            ///< as the vocabulary spells it; of an unknown token the text itself
  std::vector<double> scores;  ///< probabilities, one a label
  std::int64_t begin = 0;      ///< characters
  std::int64_t end = 0;
  bool is_subword = false;  ///< goes on with the word of the token before
};

/// How labelled tokens become entities.
struct EntityRules {
  Aggregation aggregation = Aggregation::kNone;
  std::span<const std::string> labels;
  /// Tokens to text, as the tokenizer's decoder joins them. Words that it made of tokens go through
  /// it again, as in transformers.
  std::function<std::string(std::vector<std::string>)> join;
};

/// Group tokens as the TokenClassificationPipeline of transformers 4.30.2 does: by themselves
/// (none), by equal labels of neighbours (simple), or after the tokens of a word were given one
/// label (first, average, max). Entities labelled "O" are left out.
std::vector<TextSpan> GroupEntities(std::span<const LabelledToken> tokens,
                                    const EntityRules& rules);

}  // namespace permille
