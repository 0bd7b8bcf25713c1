// SPDX-License-Identifier: Apache-2.0
#include "pipeline/entity_groups.h"

#include <algorithm>

namespace permille {
namespace {

constexpr std::string_view kOutside = "O";

/// A token or a word with one label.
struct Labelled {
  std::string_view label;
  double score = 0;
  std::size_t first = 0;  ///< tokens
  std::size_t last = 0;
  std::string word;
};

Labelled Best(std::span<const double> scores, std::span<const std::string> labels) {
  const auto best = std::max_element(scores.begin(), scores.end());
  return {labels[static_cast<std::size_t>(best - scores.begin())], *best, 0, 0, {}};
}

double Highest(const LabelledToken& token) {
  return *std::max_element(token.scores.begin(), token.scores.end());
}

/// One label for the tokens of a word.
Labelled JudgeWord(std::span<const LabelledToken> word, const EntityRules& rules) {
  if (rules.aggregation == Aggregation::kFirst) return Best(word[0].scores, rules.labels);
  if (rules.aggregation == Aggregation::kMax) {
    const auto surest =
        std::max_element(word.begin(), word.end(),
                         [](const auto& a, const auto& b) { return Highest(a) < Highest(b); });
    return Best(surest->scores, rules.labels);
  }
  std::vector<double> mean(rules.labels.size(), 0.0);
  for (const LabelledToken& token : word) {
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += token.scores[i];
  }
  for (double& x : mean) x /= static_cast<double>(word.size());
  return Best(mean, rules.labels);
}

std::vector<Labelled> JudgeWords(std::span<const LabelledToken> tokens, const EntityRules& rules) {
  std::vector<Labelled> words;
  for (std::size_t begin = 0; begin < tokens.size();) {
    std::size_t end = begin + 1;
    while (end < tokens.size() && tokens[end].is_subword) ++end;
    Labelled word = JudgeWord(tokens.subspan(begin, end - begin), rules);
    word.first = begin;
    word.last = end - 1;
    std::vector<std::string> pieces;
    for (std::size_t i = begin; i < end; ++i) pieces.push_back(tokens[i].word);
    word.word = rules.join(std::move(pieces));
    words.push_back(std::move(word));
    begin = end;
  }
  return words;
}

/// The label without B- or I-. Any other label counts as the inside of its own kind.
std::string_view TagOf(std::string_view label) {
  return label.starts_with("B-") || label.starts_with("I-") ? label.substr(2) : label;
}

TextSpan MakeSpan(std::span<const LabelledToken> tokens, std::string label, double score,
                  std::size_t first, std::size_t last, std::string text) {
  return {std::move(label), score, std::move(text), tokens[first].begin, tokens[last].end};
}

std::vector<TextSpan> Ungrouped(std::span<const LabelledToken> tokens, const EntityRules& rules) {
  std::vector<TextSpan> spans;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Labelled best = Best(tokens[i].scores, rules.labels);
    if (best.label == kOutside) continue;
    spans.push_back(MakeSpan(tokens, std::string(best.label), best.score, i, i, tokens[i].word));
  }
  return spans;
}

}  // namespace

std::optional<Aggregation> ParseAggregation(std::string_view name) {
  constexpr std::pair<std::string_view, Aggregation> kNames[] = {{"none", Aggregation::kNone},
                                                                 {"simple", Aggregation::kSimple},
                                                                 {"first", Aggregation::kFirst},
                                                                 {"average", Aggregation::kAverage},
                                                                 {"max", Aggregation::kMax}};
  for (const auto& [known, aggregation] : kNames) {
    if (known == name) return aggregation;
  }
  return std::nullopt;
}

std::vector<TextSpan> GroupEntities(std::span<const LabelledToken> tokens,
                                    const EntityRules& rules) {
  if (rules.aggregation == Aggregation::kNone) return Ungrouped(tokens, rules);
  std::vector<Labelled> parts;
  if (rules.aggregation == Aggregation::kSimple) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      parts.push_back(Best(tokens[i].scores, rules.labels));
      parts.back().first = parts.back().last = i;
      parts.back().word = tokens[i].word;
    }
  } else {
    parts = JudgeWords(tokens, rules);
  }
  std::vector<TextSpan> spans;
  for (std::size_t begin = 0; begin < parts.size();) {
    std::size_t end = begin + 1;
    double sum = parts[begin].score;
    while (end < parts.size() && !parts[end].label.starts_with("B-") &&
           TagOf(parts[end].label) == TagOf(parts[end - 1].label)) {
      sum += parts[end++].score;
    }
    // The group is called by what follows the first label's last hyphen, not by its tag.
    const std::string_view label = parts[begin].label;
    const std::string_view name = label.substr(label.rfind('-') + 1);
    if (name != kOutside) {
      std::vector<std::string> words;
      for (std::size_t i = begin; i < end; ++i) words.push_back(parts[i].word);
      spans.push_back(MakeSpan(tokens, std::string(name), sum / static_cast<double>(end - begin),
                               parts[begin].first, parts[end - 1].last,
                               rules.join(std::move(words))));
    }
    begin = end;
  }
  return spans;
}

}  // namespace permille
