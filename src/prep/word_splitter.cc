// SPDX-License-Identifier: Apache-2.0
#include "prep/word_splitter.h"

#include <array>
#include <string>

#include "prep/unicode.h"

namespace permille {
namespace {

enum class Kind : unsigned char { kWord, kSpace, kPunctuation };

Kind KindOf(char32_t c) {
  if (IsWhitespace(c)) return Kind::kSpace;
  return IsHfPunctuation(c) ? Kind::kPunctuation : Kind::kWord;
}

/// KindOf for ASCII, as a table.
constexpr std::array<Kind, 128> kAsciiKinds = [] {
  std::array<Kind, 128> kinds{};
  for (unsigned c = 0; c < 128; ++c) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    const bool punctuation = (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
                             (c >= 123 && c <= 126);
    kinds[c] = space ? Kind::kSpace : punctuation ? Kind::kPunctuation : Kind::kWord;
  }
  return kinds;
}();

}  // namespace

Result<WordSplit> ParseWordSplit(const JsonField& field) {
  if (!field.exists()) return WordSplit::kNone;
  PERMILLE_ASSIGN(const std::string type, field["type"].String());
  if (type == "BertPreTokenizer") return WordSplit::kBert;
  if (type == "WhitespaceSplit") return WordSplit::kWhitespace;
  return Fail(ErrorCode::kInvalid,
              "{}: pre-tokenizer {} is not supported (supported: BertPreTokenizer, "
              "WhitespaceSplit)",
              field["type"].place(), type);
}

void SplitWords(WordSplit split, std::string_view text, ByteSpan part,
                std::vector<ByteSpan>& words) {
  if (split == WordSplit::kNone) {
    if (part.begin < part.end) words.push_back(part);
    return;
  }
  std::size_t word = part.begin;  // where the present word began
  for (std::size_t at = part.begin; at < part.end;) {
    const auto byte = static_cast<unsigned char>(text[at]);
    std::size_t length = 1;
    Kind kind = Kind::kWord;
    if (byte < 0x80) {
      kind = kAsciiKinds[byte];
    } else {
      const CodePoint c = DecodeUtf8(text, at);
      length = c.length;
      kind = KindOf(c.value);
    }
    if (split == WordSplit::kWhitespace && kind == Kind::kPunctuation) kind = Kind::kWord;
    if (kind != Kind::kWord) {
      if (word < at) words.push_back({word, at});
      if (kind == Kind::kPunctuation) words.push_back({at, at + length});
      word = at + length;
    }
    at += length;
  }
  if (word < part.end) words.push_back({word, part.end});
}

}  // namespace permille
