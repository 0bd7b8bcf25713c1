// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "prep/token_model.h"
#include "prep/token_trie.h"
#include "prep/vocabulary.h"
#include "prep/word_cache.h"

namespace permille {

struct UnigramOptions {
  /// What stands for characters outside the vocabulary; without it they leave no piece.
  std::optional<std::int64_t> unknown_id;
  bool byte_fallback = false;  ///< unknown characters as their bytes <0x00>..<0xFF>
};

/// Unigram language model (Kudo 2018): of all ways to cut a word, the one whose pieces' scores (log
/// probabilities) add up highest, by Viterbi; a character outside the vocabulary scores ten below
/// the lowest, and neighbouring ones are one piece. Pieces equal those of PyPI tokenizers, ties
/// included.
class Unigram : public TokenModel {
 public:
  using ScoredTokens = std::vector<std::pair<std::string, double>>;
  /// Tokens in the order of their ids. kInvalid when unknown_id is not one of them or a score is
  /// not finite.
  static Result<std::unique_ptr<TokenModel>> Make(const ScoredTokens& tokens,
                                                  UnigramOptions options, std::string_view origin);

  void Cut(std::string_view word, std::vector<Piece>& pieces) override;
  std::optional<std::int64_t> Id(std::string_view token) const override {
    return vocabulary_.Find(token);
  }
  std::optional<std::string> Token(std::int64_t id) const override;
  std::int64_t id_limit() const override { return static_cast<std::int64_t>(scores_.size()); }

 private:
  static constexpr std::int32_t kUnknown = -1;
  /// The best way to cut the bytes before a place: its last piece and its score.
  struct Best {
    double score = 0;
    std::uint32_t begin = kNowhere;
    std::int32_t id = kUnknown;
  };
  static constexpr std::uint32_t kNowhere = 0xFFFF'FFFF;

  Unigram(const ScoredTokens& tokens, UnigramOptions options);
  void FindBest(std::string_view word);
  void Improve(std::size_t begin, std::size_t end, double score, std::int32_t id);
  bool IsUnknown(std::int32_t id) const {
    return id == kUnknown || (options_.unknown_id && id == *options_.unknown_id);
  }
  void AppendUnknown(std::string_view word, ByteSpan span, std::vector<Piece>& pieces);

  UnigramOptions options_;
  Vocabulary vocabulary_;
  TokenTrie trie_;
  std::vector<double> scores_;
  double unknown_score_ = 0;
  std::array<std::int32_t, 256> byte_ids_{};
  WordCache cache_;
  std::vector<Best> best_;
  std::vector<Piece> backwards_;
};

/// Read `model` of a tokenizer.json whose type is Unigram.
Result<std::unique_ptr<TokenModel>> ParseUnigram(const JsonField& model);

}  // namespace permille
