// SPDX-License-Identifier: Apache-2.0
#include "score/unicode_text.h"

#include <algorithm>

#include "score/unicode_tables.h"

namespace permille {
namespace {

constexpr std::uint32_t kNoCode = 0xFFFFFFFF;

unsigned ByteAt(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

Character CharacterAt(std::string_view text, std::size_t at) {
  const unsigned lead = ByteAt(text, at);
  if (lead < 0x80) return {lead, at, 1};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + size > text.size()) return {kNoCode, at, 1};
  std::uint32_t code = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const unsigned next = ByteAt(text, at + i);
    if ((next & 0xC0U) != 0x80U) return {kNoCode, at, 1};
    code = code << 6U | (next & 0x3FU);
  }
  return {code, at, size};
}

void Append(std::uint32_t code, std::string& text) {
  const auto put = [&text](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

/// The first range that does not end before `code`.
template <class Range>
const Range* RangeFrom(std::span<const Range> ranges, std::uint32_t code) {
  const auto found = std::ranges::lower_bound(ranges, code, {}, &Range::last);
  return found == ranges.end() ? nullptr : &*found;
}

std::uint32_t Lower(std::uint32_t code) {
  if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
  // Runs of every second letter may overlap by one: upper and lower case take turns.
  for (const LowerRun& run : LowerRuns()) {
    if (code < run.first) break;
    if (code <= run.last && (code - run.first) % run.step == 0)
      return static_cast<std::uint32_t>(static_cast<std::int64_t>(code) + run.delta);
  }
  return code;
}

bool IsLetter(std::uint32_t code) {
  return IsWordCharacter(code) && code != '_' && (code < '0' || code > '9');
}

/// Signs that stand inside words.
bool IsBetweenLetters(std::uint32_t code) {
  return code == '\'' || code == '.' || code == ':' || code == 0xB7 || code == 0x2019 ||
         (code >= 0x300 && code <= 0x36F);
}

/// Whether the nearest character on one side, signs inside words aside, is a letter.
bool LetterBeside(const std::vector<Character>& text, std::size_t at, bool before) {
  while (before ? at > 0 : at + 1 < text.size()) {
    at = before ? at - 1 : at + 1;
    if (!IsBetweenLetters(text[at].code)) return IsLetter(text[at].code);
  }
  return false;
}

}  // namespace

std::vector<Character> Characters(std::string_view text) {
  std::vector<Character> characters;
  characters.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); at += characters.back().size)
    characters.push_back(CharacterAt(text, at));
  return characters;
}

std::string LowerCase(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  const auto characters = Characters(text);
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const Character& character = characters[i];
    if (character.code == kNoCode) {
      lower += text.substr(character.begin, character.size);
    } else if (character.code == 0x130) {  // the one letter whose lower case is two
      lower += "i\xCC\x87";
    } else if (character.code == 0x3A3) {
      const bool final = LetterBeside(characters, i, true) && !LetterBeside(characters, i, false);
      lower += final ? "\xCF\x82" : "\xCF\x83";
    } else {
      Append(Lower(character.code), lower);
    }
  }
  return lower;
}

bool IsWordCharacter(std::uint32_t code) {
  if (code < 0x80) {
    return (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') ||
           (code >= 'a' && code <= 'z') || code == '_';
  }
  const CodeRange* range = RangeFrom(WordRanges(), code);
  return range && code >= range->first;
}

bool IsSpace(std::uint32_t code) {
  return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20) || code == 0x85 ||
         code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

std::vector<std::string> SplitAtSpaces(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const Character& character : Characters(text)) {
    if (IsSpace(character.code)) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    words.back() += text.substr(character.begin, character.size);
  }
  return words;
}

}  // namespace permille
