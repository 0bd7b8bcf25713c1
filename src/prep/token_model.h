// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/normalized_text.h"

namespace permille {

/// A piece of a word: an id and the bytes of the word it covers.
struct Piece {
  std::int64_t id = 0;
  ByteSpan span;
};

/// The part of a tokenizer that cuts one word into pieces of the vocabulary: `model` in
/// tokenizer.json.
class TokenModel {
 public:
  virtual ~TokenModel() = default;
  /// Append the pieces of `word` (normalised UTF-8, not empty).
  virtual void Cut(std::string_view word, std::vector<Piece>& pieces) = 0;
  /// The id of a token and the token of an id, as the vocabulary spells it.
  virtual std::optional<std::int64_t> Id(std::string_view token) const = 0;
  virtual std::optional<std::string> Token(std::int64_t id) const = 0;
  virtual std::int64_t id_limit() const = 0;
  /// Let Cut take raw bytes although the vocabulary spells each byte as one of the 256 characters
  /// of GPT-2's alphabet (the pre-tokenizer ByteLevel), which need not be put in the way then.
  /// Id and Token go on in the vocabulary's own spelling. kInvalid where a model cannot.
  virtual Result<void> UseRawBytes();
};

/// One type of `model`.
struct TokenModelEntry {
  std::string_view type;
  Result<std::unique_ptr<TokenModel>> (*parse)(const JsonField& model);
};

/// Make the model that a tokenizer.json's `model` describes. An unknown type is kInvalid and lists
/// those there are.
Result<std::unique_ptr<TokenModel>> ParseTokenModel(const JsonField& model);

}  // namespace permille
