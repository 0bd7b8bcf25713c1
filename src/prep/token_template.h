// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"

namespace permille {

/// What is put around the tokens of one text: [CLS] text [SEP].
struct TokenTemplate {
  struct Special {
    std::int64_t id;
    std::int64_t type_id;
  };
  std::vector<Special> before;
  std::vector<Special> after;
  std::int64_t type_id = 0;  ///< of the text's own tokens

  std::size_t added() const { return before.size() + after.size(); }
};

/// Read `post_processor` for a single text: TemplateProcessing, BertProcessing, or none. Ids must
/// be below `id_limit`.
Result<TokenTemplate> ParseTokenTemplate(const JsonField& field, std::int64_t id_limit);

}  // namespace permille
