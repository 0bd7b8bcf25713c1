// SPDX-License-Identifier: Apache-2.0
#include "prep/hf_tokenizer.h"

#include <algorithm>
#include <utility>

namespace permille {
namespace {

void Append(TextTokens& out, std::int64_t id, ByteSpan offset, std::int32_t word) {
  out.ids.push_back(id);
  out.offsets.push_back(offset);
  out.words.push_back(word);
}

AddedTokenMatcher MatcherOf(const std::vector<AddedToken>& tokens, bool normalized,
                            Normalizer& normalizer) {
  std::vector<AddedToken> chosen;
  NormalizedText text;
  for (AddedToken token : tokens) {
    if (token.normalized != normalized) continue;
    if (normalized) {
      text.Reset(token.content, {0, token.content.size()});
      normalizer.Apply(text);
      token.content = text.text();
    }
    chosen.push_back(std::move(token));
  }
  return AddedTokenMatcher(std::move(chosen));
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
    added_by_id_[token.id] = &token;
    added_by_content_[token.content] = &token;
  }
}

std::optional<std::int64_t> HfTokenizer::Id(std::string_view token) const {
  const auto added = added_by_content_.find(token);
  return added != added_by_content_.end() ? added->second->id : parts_.model->Id(token);
}

std::optional<std::string> HfTokenizer::Token(std::int64_t id) const {
  const auto added = added_by_id_.find(id);
  return added != added_by_id_.end() ? added->second->content : parts_.model->Token(id);
}

std::string HfTokenizer::Decode(std::span<const std::int64_t> ids, bool skip_special) const {
  std::string out;
  for (const std::int64_t id : ids) {
    const auto added = added_by_id_.find(id);
    if (skip_special && added != added_by_id_.end() && added->second->special) continue;
    const auto token = Token(id);
    if (!token) continue;
    if (!out.empty()) out += ' ';
    out += *token;
  }
  return out;
}

void HfTokenizer::EncodeWords(ByteSpan part, std::size_t enough, TextTokens& out) {
  words_.clear();
  SplitWords(parts_.word_split, text_.text(), part, words_);
  for (const ByteSpan& word : words_) {
    pieces_.clear();
    parts_.model->Cut(text_.text().substr(word.begin, word.end - word.begin), pieces_);
    for (const Piece& piece : pieces_) {
      Append(out, piece.id,
             text_.Original({word.begin + piece.span.begin, word.begin + piece.span.end}), word_);
    }
    ++word_;
    if (out.size() > enough) return;
  }
}

void HfTokenizer::AppendAdded(const TextPart& part, std::string_view text, ByteSpan offset,
                              TextTokens& out) {
  Append(out, part.id, offset, word_++);
  (void)text;
}

void HfTokenizer::EncodePart(std::string_view text, const TextPart& part, std::size_t enough,
                             TextTokens& out) {
  if (part.id >= 0) return AppendAdded(part, text, part.span, out);
  text_.Reset(text, part.span);
  parts_.normalizer.Apply(text_);
  normalized_parts_.clear();
  normalized_.Split(text_.text(), normalized_parts_);
  for (const TextPart& inner : normalized_parts_) {
    if (out.size() > enough) return;
    if (inner.id >= 0) {
      AppendAdded(inner, text_.text(), text_.Original(inner.span), out);
    } else {
      EncodeWords(inner.span, enough, out);
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
