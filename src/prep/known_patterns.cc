// SPDX-License-Identifier: Apache-2.0
#include "prep/known_patterns.h"

#include "prep/character_class.h"

namespace permille {
namespace {

using Finder = std::optional<ByteSpan> (*)(std::string_view text, std::size_t from);

class FoundPattern : public Pattern {
 public:
  explicit FoundPattern(Finder finder) : finder_(finder) {}
  std::optional<ByteSpan> Find(std::string_view text, std::size_t from) override {
    if (from >= text.size()) return std::nullopt;
    return finder_(text, from);
  }

 private:
  Finder finder_;
};

/// The end of 's, 't, 're, 've, 'm, 'll or 'd at text[at], or `at`.
std::size_t ContractionEnd(std::string_view text, std::size_t at) {
  if (text[at] != '\'' || at + 1 >= text.size()) return at;
  const char first = text[at + 1];
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
  const char second = at + 2 < text.size() ? text[at + 2] : '\0';
  const bool two =
      ((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l');
  return two ? at + 3 : at;
}

/// The end of `\s+(?!\S)|\s+` at a white space: a run leaves its last character to the word that
/// follows, unless it is all there is.
std::size_t SpacesEnd(const CharacterClasses& classes, std::string_view text, std::size_t at) {
  std::size_t last = at;
  std::size_t end = at;
  std::size_t length = 0;
  while (end < text.size() && classes.At(text, end, length) == CharacterClass::kSpace) {
    last = end;
    end += length;
  }
  return end == text.size() || last == at ? end : last;
}

/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
std::optional<ByteSpan> FindGpt2(std::string_view text, std::size_t from) {
  const CharacterClasses& classes = CharacterClasses::Get();
  const std::size_t contraction = ContractionEnd(text, from);
  if (contraction > from) return ByteSpan{from, contraction};
  std::size_t word = from;
  std::size_t length = 0;
  CharacterClass kind = classes.At(text, from, length);
  if (text[from] == ' ' && from + 1 < text.size()) {
    word = from + 1;
    kind = classes.At(text, word, length);
  }
  if (kind != CharacterClass::kSpace) {
    return ByteSpan{from, classes.RunEnd(text, word + length, kind)};
  }
  return ByteSpan{from, SpacesEnd(classes, text, from)};
}

/// 's|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
std::optional<ByteSpan> FindClip(std::string_view text, std::size_t from) {
  const CharacterClasses& classes = CharacterClasses::Get();
  const std::size_t begin = classes.RunEnd(text, from, CharacterClass::kSpace);
  if (begin == text.size()) return std::nullopt;
  const std::size_t contraction = ContractionEnd(text, begin);
  if (contraction > begin) return ByteSpan{begin, contraction};
  std::size_t length = 0;
  const CharacterClass kind = classes.At(text, begin, length);
  if (kind == CharacterClass::kNumber) return ByteSpan{begin, begin + length};
  return ByteSpan{begin, classes.RunEnd(text, begin + length, kind)};
}

/// What ends a word of BLOOM's: [(\s|[.,!?…。，、।۔،])]
bool EndsBloomWord(char32_t c) {
  switch (c) {
    case '(':
    case ')':
    case '|':
    case '.':
    case ',':
    case '!':
    case '?':
    case 0x2026:
    case 0x3002:
    case 0xFF0C:
    case 0x3001:
    case 0x0964:
    case 0x06D4:
    case 0x060C:
      return true;
    default:
      return IsWhitespace(c);
  }
}

/// ` ?[^(\s|[.,!?…。，、।۔،])]+`
std::optional<ByteSpan> FindBloom(std::string_view text, std::size_t from) {
  std::size_t begin = from;
  while (begin < text.size()) {
    const CodePoint c = DecodeUtf8(text, begin);
    if (!EndsBloomWord(c.value)) break;
    begin += c.length;
  }
  if (begin == text.size()) return std::nullopt;
  std::size_t end = begin;
  while (end < text.size()) {
    const CodePoint c = DecodeUtf8(text, end);
    if (EndsBloomWord(c.value)) break;
    end += c.length;
  }
  if (begin > from && text[begin - 1] == ' ') --begin;
  return ByteSpan{begin, end};
}

/// \s+
std::optional<ByteSpan> FindSpaces(std::string_view text, std::size_t from) {
  const CharacterClasses& classes = CharacterClasses::Get();
  std::size_t length = 0;
  while (from < text.size() && classes.At(text, from, length) != CharacterClass::kSpace) {
    from += length;
  }
  if (from == text.size()) return std::nullopt;
  return ByteSpan{from, classes.RunEnd(text, from, CharacterClass::kSpace)};
}

/// ` {2,}`
std::optional<ByteSpan> FindTwoSpaces(std::string_view text, std::size_t from) {
  const std::size_t begin = text.find("  ", from);
  if (begin == std::string_view::npos) return std::nullopt;
  return ByteSpan{begin, std::min(text.find_first_not_of(' ', begin), text.size())};
}

/// [\s\S]
std::optional<ByteSpan> FindCharacter(std::string_view text, std::size_t from) {
  return ByteSpan{from, from + DecodeUtf8(text, from).length};
}

const struct {
  std::string_view expression;
  Finder finder;
} kKnown[] = {
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", FindGpt2},
    {R"('s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)", FindClip},
    {" ?[^(\\s|[.,!?…。，、।۔،])]+", FindBloom},
    {R"(\s+)", FindSpaces},
    {R"([\s\S])", FindCharacter},
    {" {2,}", FindTwoSpaces},
};

}  // namespace

std::unique_ptr<Pattern> FindKnownPattern(std::string_view expression) {
  for (const auto& known : kKnown) {
    if (known.expression == expression) return std::make_unique<FoundPattern>(known.finder);
  }
  return nullptr;
}

std::unique_ptr<Pattern> MakeGpt2Pattern() {
  return std::make_unique<FoundPattern>(FindGpt2);
}

}  // namespace permille
