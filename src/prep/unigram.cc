// SPDX-License-Identifier: Apache-2.0
#include "prep/unigram.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "prep/serde_number.h"
#include "prep/unicode.h"

namespace permille {
namespace {

/// What SentencePiece and tokenizers take off the lowest score for an unknown character.
constexpr double kUnknownPenalty = 10.0;

}  // namespace

Unigram::Unigram(const ScoredTokens& tokens, UnigramOptions options) : options_(options) {
  double lowest = std::numeric_limits<double>::infinity();
  scores_.reserve(tokens.size());
  for (const auto& [token, score] : tokens) {
    vocabulary_.Add(token, static_cast<std::int64_t>(scores_.size()));
    scores_.push_back(score);
    lowest = std::min(lowest, score);
  }
  unknown_score_ = lowest - kUnknownPenalty;
  std::vector<std::pair<std::string_view, std::int32_t>> sorted;
  sorted.reserve(tokens.size());
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    const std::string& token = tokens[id].first;
    // Of a token given twice, the later one counts.
    if (vocabulary_.Find(token) == static_cast<std::int64_t>(id)) {
      sorted.emplace_back(token, static_cast<std::int32_t>(id));
    }
  }
  std::sort(sorted.begin(), sorted.end());
  trie_ = TokenTrie(sorted);
  for (unsigned byte = 0; byte < 256; ++byte) {
    const auto id = vocabulary_.Find(fmt::format("<0x{:02X}>", byte));
    byte_ids_[byte] = static_cast<std::int32_t>(id.value_or(Vocabulary::kAbsent));
  }
}

Result<std::unique_ptr<TokenModel>> Unigram::Make(const ScoredTokens& tokens,
                                                  UnigramOptions options, std::string_view origin) {
  if (tokens.size() > static_cast<std::size_t>(Vocabulary::kLargestId)) {
    return Fail(ErrorCode::kInvalid, "{}: {} tokens, more than can be numbered", origin,
                tokens.size());
  }
  const auto count = static_cast<std::int64_t>(tokens.size());
  if (options.unknown_id && (*options.unknown_id < 0 || *options.unknown_id >= count)) {
    return Fail(ErrorCode::kInvalid, "{}: unk_id {} is not in the vocabulary of {} tokens", origin,
                *options.unknown_id, count);
  }
  for (const auto& [token, score] : tokens) {
    if (!std::isfinite(score)) {
      return Fail(ErrorCode::kInvalid, "{}: the score of \"{}\" is {}, must be finite", origin,
                  token, score);
    }
  }
  return std::unique_ptr<TokenModel>(new Unigram(tokens, options));
}

std::optional<std::string> Unigram::Token(std::int64_t id) const {
  const auto token = vocabulary_.TokenOf(id);
  if (!token) return std::nullopt;
  return std::string(*token);
}

inline void Unigram::Improve(std::size_t begin, std::size_t end, double score, std::int32_t id) {
  Best& best = best_[end];
  if (best.begin != kNowhere && score <= best.score) return;
  best = {score, static_cast<std::uint32_t>(begin), id};
}

void Unigram::FindBest(std::string_view word) {
  best_.assign(word.size() + 1, {});
  const auto unknown = static_cast<std::int32_t>(options_.unknown_id.value_or(kUnknown));
  for (std::size_t at = 0; at < word.size();) {
    const double before = best_[at].score;
    const std::size_t character = DecodeUtf8(word, at).length;
    bool known = false;
    trie_.ForEachPrefix(word, at, [&](std::size_t length, std::int32_t id) {
      Improve(at, at + length, scores_[static_cast<std::size_t>(id)] + before, id);
      known = known || length == character;
    });
    if (!known) Improve(at, at + character, unknown_score_ + before, unknown);
    at += character;
  }
}

void Unigram::Cut(std::string_view word, std::vector<Piece>& pieces) {
  const bool cached = word.size() <= WordCache::kLongestWord;
  if (cached && cache_.Append(word, 0, pieces)) return;
  FindBest(word);
  backwards_.clear();
  for (std::size_t end = word.size(); end > 0; end = best_[end].begin) {
    const Best& best = best_[end];
    const bool unknown = IsUnknown(best.id);
    if (unknown && !backwards_.empty() &&
        IsUnknown(static_cast<std::int32_t>(backwards_.back().id))) {
      backwards_.back().span.begin = best.begin;
    } else {
      backwards_.push_back({best.id, {best.begin, end}});
    }
  }
  const std::size_t from = pieces.size();
  for (auto piece = backwards_.rbegin(); piece != backwards_.rend(); ++piece) {
    if (IsUnknown(static_cast<std::int32_t>(piece->id))) {
      AppendUnknown(word, piece->span, pieces);
    } else {
      pieces.push_back(*piece);
    }
  }
  if (cached) cache_.Remember(word, 0, pieces, from);
}

/// A stretch of unknown characters: looked up whole, then byte by byte, as PyPI tokenizers does.
void Unigram::AppendUnknown(std::string_view word, ByteSpan span, std::vector<Piece>& pieces) {
  const std::string_view text = word.substr(span.begin, span.end - span.begin);
  if (const auto id = vocabulary_.Find(text)) {
    pieces.push_back({*id, span});
    return;
  }
  const auto id_of = [&](char byte) { return byte_ids_[static_cast<unsigned char>(byte)]; };
  const auto has_id = [&](char byte) { return id_of(byte) != Vocabulary::kAbsent; };
  if (options_.byte_fallback && std::all_of(text.begin(), text.end(), has_id)) {
    for (const char byte : text) pieces.push_back({id_of(byte), span});
    return;
  }
  if (options_.unknown_id) pieces.push_back({*options_.unknown_id, span});
}

Result<std::unique_ptr<TokenModel>> ParseUnigram(const JsonField& model) {
  UnigramOptions options;
  if (model["unk_id"].exists()) {
    PERMILLE_ASSIGN(options.unknown_id, model["unk_id"].Integer());
  }
  PERMILLE_ASSIGN(options.byte_fallback, model["byte_fallback"].BoolOr(false));
  const JsonField vocab = model["vocab"];
  PERMILLE_TRY(vocab.RequireArray());
  Unigram::ScoredTokens tokens;
  tokens.reserve(vocab.size());
  for (std::size_t i = 0; i < vocab.size(); ++i) {
    const JsonField entry = vocab.At(i);
    PERMILLE_ASSIGN(std::string token, entry.At(0).String());
    PERMILLE_ASSIGN(const double score, entry.At(1).Number());
    tokens.emplace_back(std::move(token), AsSerdeReads(score));
  }
  return Unigram::Make(tokens, options, model.place());
}

}  // namespace permille
