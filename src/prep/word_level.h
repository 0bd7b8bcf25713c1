// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/token_model.h"
#include "prep/vocabulary.h"

namespace permille {

/// Whole words: a word is one token of the vocabulary or one unknown token; no piece where the
/// vocabulary lacks that too.
class WordLevel : public TokenModel {
 public:
  WordLevel(Vocabulary vocabulary, std::string_view unknown);

  void Cut(std::string_view word, std::vector<Piece>& pieces) override;
  std::optional<std::int64_t> Id(std::string_view token) const override {
    return vocabulary_.Find(token);
  }
  std::optional<std::string> Token(std::int64_t id) const override;
  std::int64_t id_limit() const override { return vocabulary_.id_limit(); }

 private:
  Vocabulary vocabulary_;
  std::optional<std::int64_t> unknown_id_;
};

/// Read `model` of a tokenizer.json whose type is WordLevel.
Result<std::unique_ptr<TokenModel>> ParseWordLevel(const JsonField& model);

}  // namespace permille
