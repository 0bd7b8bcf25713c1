// SPDX-License-Identifier: Apache-2.0
#include "score/rouge.h"

#include <algorithm>
#include <map>
#include <utility>

#include "score/bootstrap.h"
#include "score/porter_stemmer.h"
#include "score/unicode_text.h"

namespace permille {
namespace {

using Words = std::vector<std::string>;

double FMeasure(double precision, double recall) {
  return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
}

double Share(std::size_t part, std::size_t whole) {
  return static_cast<double>(part) / static_cast<double>(std::max<std::size_t>(whole, 1));
}

std::map<std::string, std::size_t> Grams(const Words& words, std::size_t length) {
  std::map<std::string, std::size_t> grams;
  for (std::size_t i = 0; i + length <= words.size(); ++i) {
    std::string gram = words[i];
    for (std::size_t k = 1; k < length; ++k) gram += ' ' + words[i + k];
    ++grams[gram];
  }
  return grams;
}

double GramF(const Words& reference, const Words& text, std::size_t length) {
  const auto wanted = Grams(reference, length);
  const auto given = Grams(text, length);
  std::size_t wanted_count = 0;
  std::size_t given_count = 0;
  std::size_t same = 0;
  for (const auto& [gram, count] : wanted) {
    wanted_count += count;
    const auto found = given.find(gram);
    if (found != given.end()) same += std::min(count, found->second);
  }
  for (const auto& [gram, count] : given) given_count += count;
  return FMeasure(Share(same, given_count), Share(same, wanted_count));
}

/// Lengths of common subsequences of all beginnings, one row a word of `a`.
class CommonLengths {
 public:
  CommonLengths(const Words& a, const Words& b)
      : columns_(b.size() + 1), lengths_((a.size() + 1) * columns_) {
    for (std::size_t i = 1; i <= a.size(); ++i) {
      for (std::size_t k = 1; k <= b.size(); ++k) {
        Set(i, k,
            a[i - 1] == b[k - 1] ? At(i - 1, k - 1) + 1 : std::max(At(i - 1, k), At(i, k - 1)));
      }
    }
  }
  std::uint32_t At(std::size_t i, std::size_t k) const { return lengths_[i * columns_ + k]; }

 private:
  void Set(std::size_t i, std::size_t k, std::uint32_t length) {
    lengths_[i * columns_ + k] = length;
  }
  std::size_t columns_;
  std::vector<std::uint32_t> lengths_;
};

double SequenceF(const Words& reference, const Words& text) {
  if (reference.empty() || text.empty()) return 0;
  const std::size_t common = CommonLengths(reference, text).At(reference.size(), text.size());
  return FMeasure(Share(common, text.size()), Share(common, reference.size()));
}

/// Mark the words of `reference` that lie on a longest common subsequence, found from the ends as
/// rouge_score finds it.
void MarkCommon(const Words& reference, const Words& text, std::vector<bool>& marked) {
  const CommonLengths lengths(reference, text);
  std::size_t i = reference.size();
  std::size_t k = text.size();
  while (i != 0 && k != 0) {
    if (reference[i - 1] == text[k - 1]) {
      marked[i - 1] = true;
      --i;
      --k;
    } else if (lengths.At(i, k - 1) > lengths.At(i - 1, k)) {
      --k;
    } else {
      --i;
    }
  }
}

std::vector<Words> Sentences(std::string_view text, bool stem) {
  std::vector<Words> sentences;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) sentences.push_back(RougeWords(text.substr(0, end), stem));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return sentences;
}

std::map<std::string, std::size_t> CountWords(const std::vector<Words>& sentences) {
  std::map<std::string, std::size_t> counts;
  for (const Words& sentence : sentences) {
    for (const std::string& word : sentence) ++counts[word];
  }
  return counts;
}

std::size_t Total(const std::vector<Words>& sentences) {
  std::size_t total = 0;
  for (const Words& sentence : sentences) total += sentence.size();
  return total;
}

/// A word hits as often as both texts hold it.
double SummaryF(const std::vector<Words>& reference, const std::vector<Words>& text) {
  const std::size_t wanted = Total(reference);
  const std::size_t given = Total(text);
  if (wanted == 0 || given == 0) return 0;
  auto left_wanted = CountWords(reference);
  auto left_given = CountWords(text);
  std::size_t hits = 0;
  for (const Words& sentence : reference) {
    std::vector<bool> marked(sentence.size());
    for (const Words& other : text) MarkCommon(sentence, other, marked);
    for (std::size_t i = 0; i < sentence.size(); ++i) {
      if (!marked[i]) continue;
      auto& in_text = left_given[sentence[i]];
      auto& in_reference = left_wanted[sentence[i]];
      if (in_text == 0 || in_reference == 0) continue;
      --in_text;
      --in_reference;
      ++hits;
    }
  }
  return FMeasure(Share(hits, given), Share(hits, wanted));
}

Result<Quality> Rouge(std::string_view name, RougeKind kind, std::span<const Judged> judged) {
  std::vector<double> figures;
  figures.reserve(judged.size());
  for (const Judged& one : judged) {
    double best = 0;
    for (const std::string& reference : one.reference->values) {
      if (one.prediction->finite)
        best = std::max(best, RougeF(kind, reference, one.prediction->text));
    }
    figures.push_back(best);
  }
  return Quality{std::string(name), Mean(figures).value_or(0), ShareInterval(figures),
                 judged.size()};
}

}  // namespace

std::vector<std::string> RougeWords(std::string_view text, bool stem) {
  Words words;
  bool inside = false;
  for (const char c : LowerCase(text)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter && !inside) words.emplace_back();
    if (letter) words.back().push_back(c);
    inside = letter;
  }
  if (stem) {
    for (std::string& word : words) {
      if (word.size() > 3) word = PorterStem(word);
    }
  }
  return words;
}

double RougeF(RougeKind kind, std::string_view reference, std::string_view text, bool stem) {
  if (kind == RougeKind::kLsum) return SummaryF(Sentences(reference, stem), Sentences(text, stem));
  const Words wanted = RougeWords(reference, stem);
  const Words given = RougeWords(text, stem);
  if (kind == RougeKind::kL) return SequenceF(wanted, given);
  return GramF(wanted, given, kind == RougeKind::kOne ? 1 : 2);
}

Result<Quality> Rouge1(std::span<const Judged> judged, const LabelMapping&) {
  return Rouge("rouge1", RougeKind::kOne, judged);
}
Result<Quality> Rouge2(std::span<const Judged> judged, const LabelMapping&) {
  return Rouge("rouge2", RougeKind::kTwo, judged);
}
Result<Quality> RougeL(std::span<const Judged> judged, const LabelMapping&) {
  return Rouge("rougeL", RougeKind::kL, judged);
}
Result<Quality> RougeLsum(std::span<const Judged> judged, const LabelMapping&) {
  return Rouge("rougeLsum", RougeKind::kLsum, judged);
}

}  // namespace permille
