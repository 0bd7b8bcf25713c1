// SPDX-License-Identifier: Apache-2.0
#include "score/porter_stemmer.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace permille {
namespace {

/// Whether each letter is a consonant: y is one at the start and after a vowel.
std::vector<bool> Consonants(std::string_view word) {
  std::vector<bool> consonants;
  for (const char c : word) {
    const bool vowel = std::string_view("aeiou").find(c) != std::string_view::npos;
    consonants.push_back(c == 'y' ? consonants.empty() || !consonants.back() : !vowel);
  }
  return consonants;
}

/// m in the paper: how many times a consonant follows a vowel.
int Measure(std::string_view stem) {
  const auto consonants = Consonants(stem);
  int measure = 0;
  for (std::size_t i = 1; i < consonants.size(); ++i) {
    if (consonants[i] && !consonants[i - 1]) ++measure;
  }
  return measure;
}

bool HasVowel(std::string_view stem) {
  const auto consonants = Consonants(stem);
  return std::find(consonants.begin(), consonants.end(), false) != consonants.end();
}

/// *d: ends with two of the same consonant.
bool EndsDouble(std::string_view word) {
  const std::size_t size = word.size();
  return size >= 2 && word[size - 1] == word[size - 2] && Consonants(word).back();
}

/// *o: ends consonant, vowel, consonant other than w, x, y; in NLTK also a vowel and a consonant
/// alone.
bool EndsShort(std::string_view word) {
  const auto is = Consonants(word);
  const std::size_t size = word.size();
  if (size == 2) return !is[0] && is[1];
  if (size < 3 || !is[size - 3] || is[size - 2] || !is[size - 1]) return false;
  return std::string_view("wxy").find(word.back()) == std::string_view::npos;
}

std::string Cut(const std::string& word, std::size_t letters) {
  return word.substr(0, word.size() - letters);
}

using Ending = std::pair<std::string_view, std::string_view>;

/// Replace the first ending that the word has, where what is left has a measure above `limit`.
std::string ReplaceEnding(const std::string& word, std::span<const Ending> endings, int limit) {
  for (const auto& [ending, replacement] : endings) {
    if (!word.ends_with(ending)) continue;
    const std::string stem = Cut(word, ending.size());
    return Measure(stem) > limit ? stem + std::string(replacement) : word;
  }
  return word;
}

std::string Plural(const std::string& word) {
  if (word.ends_with("ies")) return Cut(word, word.size() == 4 ? 1 : 2);
  if (word.ends_with("sses")) return Cut(word, 2);
  if (word.ends_with("ss") || !word.ends_with("s")) return word;
  return Cut(word, 1);
}

/// What is done to a stem whose -ed or -ing went.
std::string Mended(const std::string& stem) {
  for (const std::string_view ending : {"at", "bl", "iz"}) {
    if (stem.ends_with(ending)) return stem + 'e';
  }
  if (EndsDouble(stem)) {
    const bool stays = std::string_view("lsz").find(stem.back()) != std::string_view::npos;
    return stays ? stem : Cut(stem, 1);
  }
  return Measure(stem) == 1 && EndsShort(stem) ? stem + 'e' : stem;
}

std::string Past(const std::string& word) {
  if (word.ends_with("ied")) return Cut(word, word.size() == 4 ? 1 : 2);
  if (word.ends_with("eed")) return Measure(Cut(word, 3)) > 0 ? Cut(word, 1) : word;
  for (const std::string_view ending : {"ed", "ing"}) {
    if (!word.ends_with(ending)) continue;
    const std::string stem = Cut(word, ending.size());
    if (HasVowel(stem)) return Mended(stem);
  }
  return word;
}

std::string FinalY(const std::string& word) {
  if (!word.ends_with('y')) return word;
  const std::string stem = Cut(word, 1);
  return stem.size() > 1 && Consonants(stem).back() ? stem + 'i' : word;
}

std::string DoubleEnding(const std::string& word) {
  constexpr Ending kEndings[] = {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"},
                                 {"anci", "ance"},   {"izer", "ize"},    {"bli", "ble"},
                                 {"alli", "al"},     {"entli", "ent"},   {"eli", "e"},
                                 {"ousli", "ous"},   {"ization", "ize"}, {"ation", "ate"},
                                 {"ator", "ate"},    {"alism", "al"},    {"iveness", "ive"},
                                 {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},
                                 {"iviti", "ive"},   {"biliti", "ble"},  {"fulli", "ful"}};
  if (word.ends_with("alli") && Measure(Cut(word, 4)) > 0) return DoubleEnding(Cut(word, 2));
  // The measure of -logi counts the l.
  if (word.ends_with("logi")) return Measure(Cut(word, 3)) > 0 ? Cut(word, 1) : word;
  return ReplaceEnding(word, kEndings, 0);
}

std::string ThirdEnding(const std::string& word) {
  constexpr Ending kEndings[] = {{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"},
                                 {"ical", "ic"},  {"ful", ""},   {"ness", ""}};
  return ReplaceEnding(word, kEndings, 0);
}

std::string FourthEnding(const std::string& word) {
  constexpr Ending kBefore[] = {{"al", ""},    {"ance", ""}, {"ence", ""}, {"er", ""},
                                {"ic", ""},    {"able", ""}, {"ible", ""}, {"ant", ""},
                                {"ement", ""}, {"ment", ""}, {"ent", ""}};
  constexpr Ending kAfter[] = {{"ou", ""},  {"ism", ""}, {"ate", ""}, {"iti", ""},
                               {"ous", ""}, {"ive", ""}, {"ize", ""}};
  for (const auto& [ending, replacement] : kBefore) {
    if (word.ends_with(ending)) return ReplaceEnding(word, kBefore, 1);
  }
  if (word.ends_with("ion")) {
    const std::string stem = Cut(word, 3);
    return Measure(stem) > 1 && (stem.back() == 's' || stem.back() == 't') ? stem : word;
  }
  return ReplaceEnding(word, kAfter, 1);
}

std::string FinalE(const std::string& word) {
  if (!word.ends_with('e')) return word;
  const std::string stem = Cut(word, 1);
  const int measure = Measure(stem);
  return measure > 1 || (measure == 1 && !EndsShort(stem)) ? stem : word;
}

std::string FinalL(const std::string& word) {
  return word.ends_with("ll") && Measure(Cut(word, 1)) > 1 ? Cut(word, 1) : word;
}

}  // namespace

std::string PorterStem(const std::string& word) {
  constexpr std::array<Ending, 16> kIrregular = {{{"sky", "sky"},
                                                  {"skies", "sky"},
                                                  {"dying", "die"},
                                                  {"lying", "lie"},
                                                  {"tying", "tie"},
                                                  {"news", "news"},
                                                  {"innings", "inning"},
                                                  {"inning", "inning"},
                                                  {"outings", "outing"},
                                                  {"outing", "outing"},
                                                  {"cannings", "canning"},
                                                  {"canning", "canning"},
                                                  {"howe", "howe"},
                                                  {"proceed", "proceed"},
                                                  {"exceed", "exceed"},
                                                  {"succeed", "succeed"}}};
  for (const auto& [form, stem] : kIrregular) {
    if (word == form) return std::string(stem);
  }
  if (word.size() <= 2) return word;
  std::string stem = FinalY(Past(Plural(word)));
  stem = FourthEnding(ThirdEnding(DoubleEnding(stem)));
  return FinalL(FinalE(stem));
}

}  // namespace permille
