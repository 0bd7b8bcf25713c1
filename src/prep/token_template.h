// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"

namespace permille {

/// What is put around the tokens of one text or a pair: [CLS] text [SEP] text [SEP].
struct TokenTemplate {
  /// One token, or all tokens of a text, in the order they come.
  struct Step {
    int sequence = -1;    ///< 0: the first text, 1: the second, -1: the token `id`
    std::int64_t id = 0;  ///< of the added token
    std::int64_t type_id = 0;
  };
  std::vector<Step> single = {{0, 0, 0}};
  std::vector<Step> pair = {{0, 0, 0}, {1, 0, 1}};

  /// How the spaces that a byte-level token begins or ends with count in its offsets.
  bool trim_offsets = false;
  /// The space in front of the text is the pre-tokenizer's and was not in the text.
  bool add_prefix_space = false;

  /// Tokens that the template adds.
  std::size_t added(bool is_pair) const;
};

/// Read `post_processor`: TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, a
/// Sequence of these, or none. Ids must be below `id_limit`.
Result<TokenTemplate> ParseTokenTemplate(const JsonField& field, std::int64_t id_limit);

}  // namespace permille
