// SPDX-License-Identifier: Apache-2.0
#include "prep/added_tokens.h"

#include <algorithm>
#include <utility>

#include "prep/unicode.h"
#include "prep/vocabulary.h"

namespace permille {
namespace {

/// The code point that ends just before `at`.
CodePoint Before(std::string_view text, std::size_t at) {
  std::size_t begin = at - 1;
  while (begin > 0 && at - begin < 4 && (text[begin] & 0xC0) == 0x80) --begin;
  const CodePoint c = DecodeUtf8(text, begin);
  return begin + c.length == at ? c : CodePoint{kReplacement, 1, false};
}

bool WordBefore(std::string_view text, std::size_t at) {
  return at > 0 && IsWordCharacter(Before(text, at).value);
}
bool WordAt(std::string_view text, std::size_t at) {
  return at < text.size() && IsWordCharacter(DecodeUtf8(text, at).value);
}

std::size_t SkipSpaceLeft(std::string_view text, std::size_t at, std::size_t floor) {
  while (at > floor) {
    const CodePoint c = Before(text, at);
    if (!IsWhitespace(c.value)) break;
    at -= c.length;
  }
  return at;
}

std::size_t SkipSpaceRight(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const CodePoint c = DecodeUtf8(text, at);
    if (!IsWhitespace(c.value)) break;
    at += c.length;
  }
  return at;
}

}  // namespace

AddedTokenMatcher::AddedTokenMatcher(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::erase_if(tokens_, [](const AddedToken& token) { return token.content.empty(); });
  std::stable_sort(tokens_.begin(), tokens_.end(), [](const AddedToken& a, const AddedToken& b) {
    return a.content.size() > b.content.size();
  });
  if (!tokens_.empty()) pairs_.resize(1 << 16);
  for (const AddedToken& token : tokens_) {
    const unsigned first = static_cast<unsigned char>(token.content.front());
    if (!starts_[first]) ++distinct_starts_;
    starts_[first] = true;
    if (token.content.size() == 1) {
      alone_[first] = true;
    } else {
      pairs_[first << 8 | static_cast<unsigned char>(token.content[1])] = true;
    }
  }
}

std::size_t AddedTokenMatcher::NextStart(std::string_view text, std::size_t at) const {
  if (distinct_starts_ == 1) {
    return std::min(text.find(tokens_.front().content.front(), at), text.size());
  }
  while (at < text.size() && !starts_[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

const AddedToken* AddedTokenMatcher::LongestAt(std::string_view text, std::size_t at) const {
  const unsigned first = static_cast<unsigned char>(text[at]);
  const bool pair =
      at + 1 < text.size() && pairs_[first << 8 | static_cast<unsigned char>(text[at + 1])];
  if (!pair && !alone_[first]) return nullptr;
  for (const AddedToken& token : tokens_) {
    if (text.substr(at, token.content.size()) == token.content) return &token;
  }
  return nullptr;
}

void AddedTokenMatcher::Split(std::string_view text, std::vector<TextPart>& parts) const {
  std::size_t done = 0;  // everything before is in `parts`
  for (std::size_t at = 0; at < text.size() && !tokens_.empty();) {
    at = NextStart(text, at);
    if (at == text.size()) break;
    const AddedToken* token = LongestAt(text, at);
    if (!token) {
      ++at;
      continue;
    }
    std::size_t begin = at;
    std::size_t end = at + token->content.size();
    at = end;
    if (token->single_word && (WordBefore(text, begin) || WordAt(text, end))) continue;
    if (token->lstrip) begin = SkipSpaceLeft(text, begin, done);
    if (token->rstrip) end = SkipSpaceRight(text, end);
    if (done < begin) parts.push_back({{done, begin}, -1});
    parts.push_back({{begin, end}, token->id});
    done = end;
  }
  if (done < text.size()) parts.push_back({{done, text.size()}, -1});
}

Result<std::vector<AddedToken>> ParseAddedTokens(const JsonField& field, const TokenModel& model) {
  std::vector<AddedToken> tokens;
  if (!field.exists()) return tokens;
  PERMILLE_TRY(field.RequireArray());
  for (std::size_t i = 0; i < field.size(); ++i) {
    const JsonField item = field.At(i);
    PERMILLE_TRY(item.RequireObject());
    AddedToken token;
    PERMILLE_ASSIGN(token.content, item["content"].String());
    PERMILLE_ASSIGN(token.id, item["id"].Integer());
    if (token.id < 0 || token.id > Vocabulary::kLargestId) {
      return Fail(ErrorCode::kInvalid, "{}: id {} is out of range (0 to {})", item["id"].place(),
                  token.id, Vocabulary::kLargestId);
    }
    token.id = model.Id(token.content).value_or(token.id);
    PERMILLE_ASSIGN(token.single_word, item["single_word"].BoolOr(false));
    PERMILLE_ASSIGN(token.lstrip, item["lstrip"].BoolOr(false));
    PERMILLE_ASSIGN(token.rstrip, item["rstrip"].BoolOr(false));
    PERMILLE_ASSIGN(token.special, item["special"].BoolOr(false));
    PERMILLE_ASSIGN(token.normalized, item["normalized"].BoolOr(!token.special));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace permille
