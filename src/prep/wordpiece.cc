// SPDX-License-Identifier: Apache-2.0
#include "prep/wordpiece.h"

#include <algorithm>
#include <utility>

#include "prep/unicode.h"

namespace permille {

WordPiece::WordPiece(Vocabulary vocabulary, WordPieceOptions options, std::int64_t unknown_id)
    : vocabulary_(std::move(vocabulary)),
      options_(std::move(options)),
      unknown_id_(unknown_id),
      first_hash_(Vocabulary::HashOf({})),
      continuing_hash_(Vocabulary::HashOf(options_.continuing_prefix)) {}

Result<std::unique_ptr<TokenModel>> WordPiece::Make(Vocabulary vocabulary, WordPieceOptions options,
                                                    std::string_view origin) {
  const auto unknown = vocabulary.Find(options.unknown);
  if (!unknown) {
    return Fail(ErrorCode::kInvalid, "{}: the unknown token \"{}\" is not in the vocabulary",
                origin, options.unknown);
  }
  if (options.max_characters_per_word < 1) {
    return Fail(ErrorCode::kInvalid, "{}: max_input_chars_per_word is {}, must be at least 1",
                origin, options.max_characters_per_word);
  }
  return std::unique_ptr<TokenModel>(
      new WordPiece(std::move(vocabulary), std::move(options), *unknown));
}

std::optional<std::string> WordPiece::Token(std::int64_t id) const {
  const auto token = vocabulary_.TokenOf(id);
  if (!token) return std::nullopt;
  return std::string(*token);
}

std::int32_t WordPiece::Longest(std::string_view word, std::size_t from, std::size_t& length) {
  const bool first = from == 0;
  const std::string_view prefix = first ? std::string_view() : options_.continuing_prefix;
  const std::string_view rest =
      word.substr(from, vocabulary_.longest() - std::min(prefix.size(), vocabulary_.longest()));
  boundaries_.clear();
  Vocabulary::Hash hash = first ? first_hash_ : continuing_hash_;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    hash = Vocabulary::Extend(hash, rest[i]);
    const std::size_t next = from + i + 1;
    if (next == word.size() || (word[next] & 0xC0) != 0x80) boundaries_.push_back({i + 1, hash});
  }
  for (auto boundary = boundaries_.rbegin(); boundary != boundaries_.rend(); ++boundary) {
    length = boundary->length;
    const std::int32_t id = vocabulary_.Find(boundary->hash, prefix, rest.substr(0, length));
    if (id != Vocabulary::kAbsent) return id;
  }
  return Vocabulary::kAbsent;
}

void WordPiece::Cut(std::string_view word, std::vector<Piece>& pieces) {
  const std::size_t before = pieces.size();
  const auto limit = static_cast<std::size_t>(options_.max_characters_per_word);
  bool whole = word.size() <= limit || CountCodePoints(word) <= limit;
  for (std::size_t from = 0; whole && from < word.size();) {
    std::size_t length = 0;
    const std::int32_t id = Longest(word, from, length);
    whole = id != Vocabulary::kAbsent;
    if (whole) pieces.push_back({id, {from, from + length}});
    from += length;
  }
  if (whole) return;
  pieces.resize(before);
  pieces.push_back({unknown_id_, {0, word.size()}});
}

Result<std::unique_ptr<TokenModel>> ParseWordPiece(const JsonField& model) {
  WordPieceOptions options;
  PERMILLE_ASSIGN(options.unknown, model["unk_token"].StringOr("[UNK]"));
  PERMILLE_ASSIGN(options.continuing_prefix, model["continuing_subword_prefix"].StringOr("##"));
  PERMILLE_ASSIGN(options.max_characters_per_word,
                  model["max_input_chars_per_word"].IntegerOr(100));
  const JsonField vocab = model["vocab"];
  PERMILLE_ASSIGN(Vocabulary vocabulary, ParseVocabulary(vocab));
  return WordPiece::Make(std::move(vocabulary), std::move(options), vocab.place());
}

}  // namespace permille
