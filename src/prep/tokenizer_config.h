// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "prep/hf_tokenizer.h"
#include "prep/json_field.h"

namespace permille {

/// A length field; absent where the file means "no limit".
Result<std::optional<std::int64_t>> ReadLength(const JsonField& field);
/// A token in tokenizer_config.json: a string, or an object with `content`.
Result<std::string> ReadTokenName(const JsonField& field, std::string_view fallback);
/// "left" or "right".
Result<bool> ReadIsLeft(const JsonField& field);

/// Apply what tokenizer_config.json says about every kind of tokenizer, then
/// special_tokens_map.json, then the defaults of the class: special ids, padding, truncation side,
/// length, and for Llama the template.
Result<void> ApplyTokenizerConfig(const JsonField& config, const JsonField& special_tokens_map,
                                  HfTokenizerParts& parts);

}  // namespace permille
