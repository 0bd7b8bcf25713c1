// SPDX-License-Identifier: Apache-2.0
// How a Bpe is made: its tables, its JSON. What it does is in bpe.cc.
#include <algorithm>

#include "prep/bpe.h"
#include "prep/byte_alphabet.h"
#include "prep/unicode.h"
#include "prep/vocabulary_file.h"

namespace permille {
namespace {

constexpr std::string_view kSpace = "\xE2\x96\x81";
constexpr char32_t kSpaceValue = 0x2581;

std::string ByteToken(unsigned byte) {
  return fmt::format("<0x{:02X}>", byte);
}

bool IsByteToken(std::string_view token) {
  return token.size() == 6 && token.starts_with("<0x") && token.ends_with('>');
}

char32_t LastCharacter(std::string_view text) {
  std::size_t last = text.size() - 1;
  while (last > 0 && (text[last] & 0xC0) == 0x80) --last;
  return DecodeUtf8(text, last).value;
}

/// The bytes a token of GPT-2's alphabet stands for, or absent when it holds another character.
std::optional<std::string> BytesOfToken(std::string_view token) {
  std::string bytes;
  for (std::size_t at = 0; at < token.size();) {
    const CodePoint c = DecodeUtf8(token, at);
    const auto byte = CharacterByte(c.value);
    if (!byte) return std::nullopt;
    bytes += static_cast<char>(*byte);
    at += c.length;
  }
  return bytes;
}

/// No two tokens share an id, so that ids tell how a piece is spelt.
bool EveryIdHasOneToken(const Vocabulary& vocabulary) {
  const auto size = static_cast<std::int64_t>(vocabulary.size());
  if (vocabulary.id_limit() > 8 * size + 1024) return false;  // too full of holes to be worth it
  std::int64_t tokens = 0;
  for (std::int64_t id = 0; id < vocabulary.id_limit(); ++id) {
    tokens += vocabulary.TokenOf(id) ? 1 : 0;
  }
  return tokens == size;
}

Result<std::pair<std::string, std::string>> SplitMerge(const std::string& line,
                                                       const JsonField& field) {
  const std::size_t space = line.find(' ');
  if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos) {
    return Fail(ErrorCode::kInvalid, "{}: \"{}\" is not two tokens with a space between",
                field.place(), line);
  }
  return std::pair(line.substr(0, space), line.substr(space + 1));
}

Result<Bpe::Merges> ParseMerges(const JsonField& list) {
  PERMILLE_TRY(list.RequireArray());
  Bpe::Merges merges;
  merges.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonField field = list.At(i);
    if (field.is_array()) {
      if (field.size() != 2) {
        return Fail(ErrorCode::kInvalid, "{}: expected two tokens, found {}", field.place(),
                    field.size());
      }
      PERMILLE_ASSIGN(std::string left, field.At(0).String());
      PERMILLE_ASSIGN(std::string right, field.At(1).String());
      merges.emplace_back(std::move(left), std::move(right));
      continue;
    }
    PERMILLE_ASSIGN(const std::string line, field.String());
    if (line.starts_with("#version")) continue;
    PERMILLE_ASSIGN(auto merge, SplitMerge(line, field));
    merges.push_back(std::move(merge));
  }
  return merges;
}

}  // namespace

Bpe::Bpe(Vocabulary vocabulary, BpeOptions options)
    : vocabulary_(std::move(vocabulary)), options_(std::move(options)) {
  const auto id_of = [&](std::string_view token) {
    return static_cast<std::int32_t>(vocabulary_.Find(token).value_or(Vocabulary::kAbsent));
  };
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char character = static_cast<char>(byte);
    single_[byte] = byte < 0x80 ? id_of({&character, 1}) : Vocabulary::kAbsent;
    byte_ids_[byte] = id_of(ByteToken(byte));
  }
  if (!options_.unknown) return;
  if (const std::int32_t id = id_of(*options_.unknown); id != Vocabulary::kAbsent) {
    unknown_id_ = id;
  }
}

Result<std::unique_ptr<TokenModel>> Bpe::Make(Vocabulary vocabulary, const Merges& merges,
                                              BpeOptions options, std::string_view origin) {
  std::unique_ptr<Bpe> bpe(new Bpe(std::move(vocabulary), std::move(options)));
  if (merges.size() >= MergeTable::kNoRank) {
    return Fail(ErrorCode::kInvalid, "{}: {} merges, more than can be numbered", origin,
                merges.size());
  }
  if (bpe->options_.unknown_from && !bpe->unknown_id_) {
    return Fail(ErrorCode::kInvalid, "{}: unknown_from is given, but no unknown token", origin);
  }
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    PERMILLE_TRY(bpe->AddMerge(left, right, static_cast<std::uint32_t>(rank), origin));
  }
  bpe->LearnWhereToCut();
  return std::unique_ptr<TokenModel>(std::move(bpe));
}

Result<void> Bpe::AddMerge(const std::string& left, const std::string& right, std::uint32_t rank,
                           std::string_view origin) {
  const std::size_t prefix = options_.continuing_prefix.size();
  std::string whole = left;
  if (right.size() >= prefix) whole.append(right, prefix);
  std::int32_t ids[3];
  const std::string_view tokens[3] = {left, right, whole};
  for (int i = 0; i < 3; ++i) {
    const auto id = vocabulary_.Find(tokens[i]);
    if (!id || right.size() < prefix) {
      return Fail(ErrorCode::kInvalid,
                  "{}: merge {} (\"{}\" with \"{}\"): \"{}\" is not in the vocabulary", origin,
                  rank, left, right, tokens[i]);
    }
    ids[i] = static_cast<std::int32_t>(*id);
  }
  merges_.Add(ids[0], ids[1], {rank, ids[2]});
  return {};
}

/// What a token looks like in the words Cut is given; absent when it is in none.
std::optional<std::string> Bpe::BytesOf(std::int32_t id) const {
  const auto token = vocabulary_.TokenOf(id);
  if (!token || token->empty()) return std::nullopt;
  return raw_ ? BytesOfToken(*token) : std::string(*token);
}

/// A merge joins a left half that ends in some character x with a right half that begins with some
/// y. Where no merge joins x and y, nothing is ever merged across, and a word may be cut between
/// them without changing its pieces. Kept byte by byte, which allows fewer cuts, never more; and
/// character by character for "▁", before which nearly every cut is.
void Bpe::LearnWhereToCut() {
  can_cut_ = options_.continuing_prefix.empty() && options_.end_of_word_suffix.empty() &&
             !options_.ignore_merges && (!raw_ || raw_complete_) && EveryIdHasOneToken(vocabulary_);
  can_cut_at_spaces_ = can_cut_ && !raw_ && vocabulary_.Find(kSpace).has_value();
  reach_across_.clear();
  joined_bytes_.assign(256 * 256, false);
  merges_.ForEachPair([&](std::int32_t left_id, std::int32_t right_id) {
    const auto left = BytesOf(left_id);
    const auto right = BytesOf(right_id);
    if (!left || !right) return;
    // What these stand for in a text is not what they spell.
    for (const std::string& half : {*left, *right}) {
      if (!raw_ && (IsByteToken(half) || half == options_.unknown)) can_cut_ = false;
    }
    joined_bytes_[static_cast<unsigned char>(left->back()) * 256u +
                  static_cast<unsigned char>(right->front())] = true;
    if (raw_ || !right->starts_with(kSpace)) return;
    const char32_t c = LastCharacter(*left);
    if (c != kSpaceValue) reach_across_.push_back(c);
  });
  std::sort(reach_across_.begin(), reach_across_.end());
  reach_across_.erase(std::unique(reach_across_.begin(), reach_across_.end()), reach_across_.end());
}

std::optional<std::string> Bpe::Token(std::int64_t id) const {
  const auto token = vocabulary_.TokenOf(id);
  if (!token) return std::nullopt;
  return std::string(*token);
}

Result<void> Bpe::UseRawBytes() {
  raw_ = true;
  cache_.Clear();
  raw_complete_ = true;
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string character;
    AppendUtf8(character, ByteCharacter(static_cast<unsigned char>(byte)));
    const auto id = vocabulary_.Find(character);
    single_[byte] = static_cast<std::int32_t>(id.value_or(Vocabulary::kAbsent));
    raw_complete_ = raw_complete_ && id.has_value();
  }
  LearnWhereToCut();
  if (!options_.ignore_merges) return {};
  for (std::int64_t id = 0; id < vocabulary_.id_limit(); ++id) {
    const auto token = vocabulary_.TokenOf(id);
    const auto bytes = token ? BytesOfToken(*token) : std::nullopt;
    if (bytes) raw_words_.Add(*bytes, id);
  }
  return {};
}

Result<std::unique_ptr<TokenModel>> ParseBpe(const JsonField& model) {
  if (model["dropout"].exists()) {
    PERMILLE_ASSIGN(const double dropout, model["dropout"].Number());
    if (dropout != 0) {
      return Fail(ErrorCode::kInvalid,
                  "{}: {}: dropping merges at random is for training; set it to null",
                  model["dropout"].place(), dropout);
    }
  }
  BpeOptions options;
  if (model["unk_token"].exists()) {
    PERMILLE_ASSIGN(options.unknown, model["unk_token"].String());
  }
  PERMILLE_ASSIGN(options.continuing_prefix, model["continuing_subword_prefix"].StringOr(""));
  PERMILLE_ASSIGN(options.end_of_word_suffix, model["end_of_word_suffix"].StringOr(""));
  PERMILLE_ASSIGN(options.fuse_unknown, model["fuse_unk"].BoolOr(false));
  PERMILLE_ASSIGN(options.byte_fallback, model["byte_fallback"].BoolOr(false));
  PERMILLE_ASSIGN(options.ignore_merges, model["ignore_merges"].BoolOr(false));
  if (model["unknown_from"].exists()) {
    PERMILLE_ASSIGN(options.unknown_from, model["unknown_from"].Integer());
  }
  PERMILLE_ASSIGN(Vocabulary vocabulary, ParseVocabulary(model["vocab"]));
  PERMILLE_ASSIGN(const Bpe::Merges merges, ParseMerges(model["merges"]));
  return Bpe::Make(std::move(vocabulary), merges, std::move(options), model.place());
}

}  // namespace permille
