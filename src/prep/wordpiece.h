// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/token_model.h"
#include "prep/vocabulary_file.h"

namespace permille {

struct WordPieceOptions {
  std::string unknown = "[UNK]";
  std::string continuing_prefix = "##";
  std::int64_t max_characters_per_word = 100;
};

/// WordPiece (Schuster and Nakajima 2012, as in BERT): the longest piece of the vocabulary from the
/// left, then on with "##"; a word that cannot be cut to its end, or is too long, is one unknown
/// token.
class WordPiece : public TokenModel {
 public:
  /// `origin` names the vocabulary in errors. kInvalid when the unknown token is not in it.
  static Result<std::unique_ptr<TokenModel>> Make(Vocabulary vocabulary, WordPieceOptions options,
                                                  std::string_view origin);

  void Cut(std::string_view word, std::vector<Piece>& pieces) override;
  std::optional<std::int64_t> Id(std::string_view token) const override {
    return vocabulary_.Find(token);
  }
  std::optional<std::string> Token(std::int64_t id) const override;
  std::int64_t id_limit() const override { return vocabulary_.id_limit(); }

 private:
  WordPiece(Vocabulary vocabulary, WordPieceOptions options, std::int64_t unknown_id);
  /// The longest piece at word[from..]; its id, or kAbsent. `length` is its length in bytes.
  std::int32_t Longest(std::string_view word, std::size_t from, std::size_t& length);

  Vocabulary vocabulary_;
  WordPieceOptions options_;
  std::int64_t unknown_id_;
  Vocabulary::Hash first_hash_;
  Vocabulary::Hash continuing_hash_;
  struct Boundary {
    std::size_t length;
    Vocabulary::Hash hash;
  };
  std::vector<Boundary> boundaries_;
};

/// Read `model` of a tokenizer.json whose type is WordPiece.
Result<std::unique_ptr<TokenModel>> ParseWordPiece(const JsonField& model);

}  // namespace permille
