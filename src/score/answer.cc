// SPDX-License-Identifier: Apache-2.0
#include "score/answer.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "score/bootstrap.h"
#include "score/unicode_text.h"

namespace permille {
namespace {

constexpr std::string_view kPunctuation = R"(!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~)";
constexpr std::array<std::string_view, 3> kArticles = {"a", "an", "the"};

/// Replace an article by a space wherever it stands between word boundaries.
std::string WithoutArticles(std::string_view text) {
  std::string kept;
  const auto characters = Characters(text);
  for (std::size_t i = 0; i < characters.size();) {
    std::size_t end = i;
    while (end < characters.size() && IsWordCharacter(characters[end].code)) ++end;
    if (end == i) {
      kept += text.substr(characters[i].begin, characters[i].size);
      ++i;
      continue;
    }
    const std::size_t last = characters[end - 1].begin + characters[end - 1].size;
    const std::string_view word = text.substr(characters[i].begin, last - characters[i].begin);
    kept += std::ranges::find(kArticles, word) == kArticles.end() ? word : std::string_view(" ");
    i = end;
  }
  return kept;
}

/// The references in normal form, without those of which nothing is left; one empty one if none is.
std::vector<std::string> NormalReferences(const Reference& reference) {
  std::vector<std::string> normal;
  for (const std::string& value : reference.values) {
    std::string answer = NormalAnswer(value);
    if (!answer.empty()) normal.push_back(std::move(answer));
  }
  if (normal.empty()) normal.emplace_back();
  return normal;
}

double WordF1(const std::string& reference, const std::string& answer) {
  const auto wanted = SplitAtSpaces(reference);
  const auto given = SplitAtSpaces(answer);
  if (wanted.empty() || given.empty()) return wanted == given ? 1 : 0;
  std::map<std::string, int> left;
  for (const std::string& word : wanted) ++left[word];
  std::size_t same = 0;
  for (const std::string& word : given) {
    const auto found = left.find(word);
    if (found == left.end() || found->second == 0) continue;
    --found->second;
    ++same;
  }
  if (same == 0) return 0;
  const double precision = static_cast<double>(same) / static_cast<double>(given.size());
  const double recall = static_cast<double>(same) / static_cast<double>(wanted.size());
  return 2 * precision * recall / (precision + recall);
}

/// The best figure of a prediction over its references.
template <class Figure>
double Best(const Judged& one, const Figure& figure) {
  if (!one.prediction->finite) return 0;
  const std::string answer = NormalAnswer(one.prediction->text);
  double best = 0;
  for (const std::string& reference : NormalReferences(*one.reference))
    best = std::max(best, figure(reference, answer));
  return best;
}

}  // namespace

std::string NormalAnswer(std::string_view answer) {
  std::string text = LowerCase(answer);
  std::erase_if(text, [](char c) { return kPunctuation.find(c) != kPunctuation.npos; });
  std::string normal;
  for (const std::string& word : SplitAtSpaces(WithoutArticles(text)))
    normal += (normal.empty() ? "" : " ") + word;
  return normal;
}

Result<Quality> ExactMatch(std::span<const Judged> judged, const LabelMapping&) {
  std::size_t right = 0;
  for (const Judged& one : judged) {
    right +=
        Best(one, [](const std::string& a, const std::string& b) { return a == b ? 1.0 : 0.0; }) > 0
            ? 1
            : 0;
  }
  return Quality{"exact_match", static_cast<double>(right) / static_cast<double>(judged.size()),
                 WilsonInterval(right, judged.size()), judged.size()};
}

Result<Quality> AnswerF1(std::span<const Judged> judged, const LabelMapping&) {
  std::vector<double> figures;
  figures.reserve(judged.size());
  for (const Judged& one : judged) figures.push_back(Best(one, WordF1));
  return Quality{"f1", Mean(figures).value_or(0), ShareInterval(figures), judged.size()};
}

}  // namespace permille
