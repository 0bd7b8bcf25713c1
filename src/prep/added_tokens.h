// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/normalized_text.h"
#include "prep/normalizer.h"
#include "prep/token_model.h"

namespace permille {

/// One of a tokenizer.json's `added_tokens`: found in the text as a whole, before the model sees
/// it.
struct AddedToken {
  std::string content;
  std::int64_t id = 0;
  bool single_word = false;  ///< only between word boundaries
  bool lstrip = false;       ///< swallows white space to its left
  bool rstrip = false;       ///< and to its right
  bool normalized = false;   ///< looked for in the normalised text instead of the raw one
  bool special = false;
};

/// A part of a text: one added token, or what lies between two.
struct TextPart {
  ByteSpan span;
  std::int64_t id = -1;  ///< of the added token; -1: ordinary text
};

/// Finds added tokens: the leftmost, and of several there the longest, as tokenizers does.
class AddedTokenMatcher {
 public:
  AddedTokenMatcher() = default;
  explicit AddedTokenMatcher(std::vector<AddedToken> tokens);
  bool empty() const { return tokens_.empty(); }
  /// Append the parts of `text`. Without a match it is one part; an empty text has none.
  void Split(std::string_view text, std::vector<TextPart>& parts) const;

 private:
  const AddedToken* LongestAt(std::string_view text, std::size_t at) const;
  /// Where a token may begin, at `at` or later.
  std::size_t NextStart(std::string_view text, std::size_t at) const;

  std::vector<AddedToken> tokens_;  ///< longest first
  std::array<bool, 256> starts_{};  ///< bytes some token begins with
  std::array<bool, 256> alone_{};   ///< and those that are a token by themselves
  int distinct_starts_ = 0;
  std::vector<bool> pairs_;  ///< the first two bytes of longer tokens
};

/// Read `added_tokens`. A token that the model's vocabulary has keeps the id it has there.
Result<std::vector<AddedToken>> ParseAddedTokens(const JsonField& field, const TokenModel& model);

}  // namespace permille
