// SPDX-License-Identifier: Apache-2.0
#include "prep/hf_tokenizer.h"

#include <algorithm>
#include <utility>

#include "prep/byte_alphabet.h"
#include "prep/unicode.h"

namespace permille {
namespace {

void Append(TextTokens& out, std::int64_t id, ByteSpan offset, std::int32_t word) {
  out.ids.push_back(id);
  out.offsets.push_back(offset);
  out.words.push_back(word);
}

/// A token as it is looked for and decoded.
std::string Normalized(const AddedToken& token, Normalizer& normalizer) {
  if (!token.normalized) return token.content;
  NormalizedText text;
  text.Reset(token.content, {0, token.content.size()});
  normalizer.Apply(text);
  return std::string(text.text());
}

AddedTokenMatcher MatcherOf(const std::vector<AddedToken>& tokens, bool normalized,
                            Normalizer& normalizer) {
  std::vector<AddedToken> chosen;
  for (const AddedToken& token : tokens) {
    if (token.normalized != normalized) continue;
    chosen.push_back(token);
    chosen.back().content = Normalized(token, normalizer);
  }
  return AddedTokenMatcher(std::move(chosen));
}

bool IsSpaceByte(char32_t c) {
  return c == ' ';
}
bool IsSpaceLike(char32_t c) {
  return c == kByteSpace || IsWhitespace(c);
}

/// The spaces a token begins and ends with.
TextTokens::Spaces SpacesOf(std::string_view token, bool (*is_space)(char32_t)) {
  TextTokens::Spaces spaces;
  std::size_t at = 0;
  while (at < token.size()) {
    const CodePoint c = DecodeUtf8(token, at);
    if (!is_space(c.value)) break;
    ++spaces.leading;
    at += c.length;
  }
  for (std::size_t end = token.size(); end > 0; ++spaces.trailing) {
    std::size_t last = end - 1;
    while (last > 0 && (token[last] & 0xC0) == 0x80) --last;
    if (!is_space(DecodeUtf8(token, last).value)) break;
    end = last;
  }
  return spaces;
}

}  // namespace

HfTokenizer::HfTokenizer(HfTokenizerParts parts)
    : TemplatedTokenizer(parts.tokens_around, parts.truncate_left),
      parts_(std::move(parts)),
      raw_(MatcherOf(parts_.added_tokens, false, parts_.normalizer)),
      normalized_(MatcherOf(parts_.added_tokens, true, parts_.normalizer)),
      id_limit_(parts_.model->id_limit()) {
  for (const AddedToken& token : parts_.added_tokens) {
    id_limit_ = std::max(id_limit_, token.id + 1);
    added_by_id_[token.id] = {&token, Normalized(token, parts_.normalizer), token.special};
    added_by_content_[token.content] = &token;
  }
  raw_bytes_ = parts_.splitter.spells_bytes() && parts_.model->UseRawBytes().has_value();
  if (raw_bytes_) parts_.splitter.DropSpelling();
}

std::optional<std::int64_t> HfTokenizer::Id(std::string_view token) const {
  const auto added = added_by_content_.find(token);
  return added != added_by_content_.end() ? added->second->id : parts_.model->Id(token);
}

std::optional<std::string> HfTokenizer::Token(std::int64_t id) const {
  const auto added = added_by_id_.find(id);
  return added != added_by_id_.end() ? added->second.token->content : parts_.model->Token(id);
}

std::string HfTokenizer::Decode(std::span<const std::int64_t> ids, bool skip_special) const {
  std::vector<std::string> tokens;
  for (const std::int64_t id : ids) {
    const auto added = added_by_id_.find(id);
    std::optional<std::string> token;
    if (added == added_by_id_.end()) {
      token = parts_.model->Token(id);
    } else if (!skip_special || !added->second.special) {
      token = added->second.decoded;
    }
    if (token) tokens.push_back(std::move(*token));
  }
  return parts_.decoder.Join(std::move(tokens));
}

void HfTokenizer::AppendPieces(const NormalizedText& text, ByteSpan word, TextTokens& out) {
  pieces_.clear();
  parts_.model->Cut(text.text().substr(word.begin, word.end - word.begin), pieces_);
  for (const Piece& piece : pieces_) {
    const ByteSpan span{word.begin + piece.span.begin, word.begin + piece.span.end};
    Append(out, piece.id, text.Original(span), word_);
  }
  if (!around_.trim_offsets) return;
  for (const Piece& piece : pieces_) {
    if (raw_bytes_) {
      const std::string_view bytes =
          text.text().substr(word.begin + piece.span.begin, piece.span.end - piece.span.begin);
      out.spaces.push_back(SpacesOf(bytes, IsSpaceByte));
    } else {
      out.spaces.push_back(SpacesOf(parts_.model->Token(piece.id).value_or(""), IsSpaceLike));
    }
  }
}

void HfTokenizer::EncodeWords(NormalizedText& text, ByteSpan part, std::size_t enough,
                              TextTokens& out) {
  words_.clear();
  words_.push_back(part);
  parts_.splitter.Apply(text, words_);
  for (const ByteSpan& word : words_) {
    AppendPieces(text, word, out);
    ++word_;
    if (out.size() > enough) return;
  }
}

void HfTokenizer::AppendAdded(std::int64_t id, std::string_view found, ByteSpan offset,
                              TextTokens& out) {
  Append(out, id, offset, word_++);
  if (around_.trim_offsets) out.spaces.push_back(SpacesOf(found, IsSpaceLike));
}

void HfTokenizer::EncodePart(std::string_view text, const TextPart& part, std::size_t enough,
                             TextTokens& out) {
  if (part.id >= 0) {
    const std::string_view found = text.substr(part.span.begin, part.span.end - part.span.begin);
    return AppendAdded(part.id, found, part.span, out);
  }
  text_.Reset(text, part.span);
  parts_.normalizer.Apply(text_);
  normalized_parts_.clear();
  normalized_.Split(text_.text(), normalized_parts_);
  for (const TextPart& inner : normalized_parts_) {
    if (out.size() > enough) return;
    const ByteSpan span = inner.span;
    if (inner.id >= 0) {
      AppendAdded(inner.id, text_.text().substr(span.begin, span.end - span.begin),
                  text_.Original(span), out);
    } else if (parts_.splitter.keeps_text() || span.end - span.begin == text_.text().size()) {
      EncodeWords(text_, span, enough, out);
    } else {
      part_text_.Assign(text_, span);
      EncodeWords(part_text_, {0, span.end - span.begin}, enough, out);
    }
  }
}

void HfTokenizer::EncodeText(std::string_view text, std::size_t enough, TextTokens& out) {
  out.Clear();
  word_ = 0;
  raw_parts_.clear();
  raw_.Split(text, raw_parts_);
  for (const TextPart& part : raw_parts_) {
    EncodePart(text, part, enough, out);
    if (out.size() > enough) return;
  }
}

}  // namespace permille
