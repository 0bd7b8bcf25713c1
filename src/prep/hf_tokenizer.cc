// SPDX-License-Identifier: Apache-2.0
#include "prep/hf_tokenizer.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace permille {
namespace {

void Clear(Encoding& out) {
  out.ids.clear();
  out.type_ids.clear();
  out.offsets.clear();
  out.truncated = false;
}

void Append(Encoding& out, std::int64_t id, std::int64_t type_id, ByteSpan offset) {
  out.ids.push_back(id);
  out.type_ids.push_back(type_id);
  out.offsets.push_back(offset);
}

/// Cut the tokens from `begin` on down to `keep`, at the right or the left end.
void Truncate(std::size_t begin, std::size_t keep, bool left, Encoding& out) {
  const std::size_t size = out.ids.size();
  if (size - begin <= keep) return;
  out.truncated = true;
  if (left) {
    const auto drop = [&](auto& list) {
      const auto first = list.begin() + static_cast<std::ptrdiff_t>(begin);
      list.erase(first, first + static_cast<std::ptrdiff_t>(size - begin - keep));
    };
    drop(out.ids);
    drop(out.type_ids);
    drop(out.offsets);
    return;
  }
  out.ids.resize(begin + keep);
  out.type_ids.resize(begin + keep);
  out.offsets.resize(begin + keep);
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
    : parts_(std::move(parts)),
      raw_(MatcherOf(parts_.added_tokens, false, parts_.normalizer)),
      normalized_(MatcherOf(parts_.added_tokens, true, parts_.normalizer)),
      id_limit_(parts_.model->id_limit()) {
  for (const AddedToken& token : parts_.added_tokens) id_limit_ = std::max(id_limit_, token.id + 1);
}

std::optional<std::int64_t> HfTokenizer::Id(std::string_view token) const {
  if (const auto id = parts_.model->Id(token)) return id;
  for (const AddedToken& added : parts_.added_tokens) {
    if (added.content == token) return added.id;
  }
  return std::nullopt;
}

void HfTokenizer::EncodeWords(ByteSpan part, std::size_t enough, Encoding& out) {
  words_.clear();
  SplitWords(parts_.word_split, text_.text(), part, words_);
  for (const ByteSpan& word : words_) {
    pieces_.clear();
    parts_.model->Cut(text_.text().substr(word.begin, word.end - word.begin), pieces_);
    for (const Piece& piece : pieces_) {
      Append(out, piece.id, parts_.tokens_around.type_id,
             text_.Original({word.begin + piece.span.begin, word.begin + piece.span.end}));
    }
    if (out.ids.size() > enough) return;
  }
}

void HfTokenizer::EncodePart(std::string_view text, const TextPart& part, std::size_t enough,
                             Encoding& out) {
  if (part.id >= 0) {
    Append(out, part.id, parts_.tokens_around.type_id, part.span);
    return;
  }
  text_.Reset(text, part.span);
  parts_.normalizer.Apply(text_);
  normalized_parts_.clear();
  normalized_.Split(text_.text(), normalized_parts_);
  for (const TextPart& inner : normalized_parts_) {
    if (out.ids.size() > enough) return;
    if (inner.id >= 0) {
      Append(out, inner.id, parts_.tokens_around.type_id, text_.Original(inner.span));
    } else {
      EncodeWords(inner.span, enough, out);
    }
  }
}

void HfTokenizer::Encode(std::string_view text, const EncodeOptions& options, Encoding& out) {
  Clear(out);
  const TokenTemplate& around = parts_.tokens_around;
  if (options.special_tokens) {
    for (const auto& token : around.before) Append(out, token.id, token.type_id, {});
  }
  const std::size_t begin = out.ids.size();
  std::size_t keep = std::numeric_limits<std::size_t>::max();
  if (options.max_length > 0) {
    const std::size_t added = options.special_tokens ? around.added() : 0;
    keep = options.max_length - std::min(added, options.max_length);
  }
  // Text beyond what is kept need not be read, unless it is the left end that goes.
  const bool all = options.max_length == 0 || parts_.truncate_left;
  const std::size_t enough = all ? std::numeric_limits<std::size_t>::max() : begin + keep;
  raw_parts_.clear();
  raw_.Split(text, raw_parts_);
  for (const TextPart& part : raw_parts_) {
    EncodePart(text, part, enough, out);
    if (out.ids.size() > enough) break;
  }
  Truncate(begin, keep, parts_.truncate_left, out);
  if (options.special_tokens) {
    for (const auto& token : around.after) Append(out, token.id, token.type_id, {});
  }
}

}  // namespace permille
