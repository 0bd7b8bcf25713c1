// SPDX-License-Identifier: Apache-2.0
#include "score/bleu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "score/bootstrap.h"
#include "score/unicode_text.h"

namespace permille {
namespace {

constexpr std::size_t kOrders = 4;
constexpr std::size_t kReplicates = 1000;

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsStop(char c) {
  return c == '.' || c == ',';
}
/// The signs that are words of their own: all of ASCII's but , - . ' among them digits and letters.
bool IsSign(char c) {
  return (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') || c == '/' || (c >= ':' && c <= '@') ||
         (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/// Where two neighbours are a match, write `write(a, b)` and go on behind both, as re.sub does.
template <class Match, class Write>
std::string Rewritten(const std::string& line, const Match& match, const Write& write) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (i + 1 < line.size() && match(line[i], line[i + 1])) {
      write(out, line[i], line[i + 1]);
      ++i;
    } else {
      out += line[i];
    }
  }
  return out;
}

std::string SignsApart(const std::string& line) {
  std::string out;
  for (const char c : line) {
    if (IsSign(c)) {
      out += {' ', c, ' '};
    } else {
      out += c;
    }
  }
  return out;
}

/// What the sums over samples are made of.
struct Counts {
  std::array<double, kOrders> right{};
  std::array<double, kOrders> given{};
  double length = 0;
  double reference_length = 0;

  void Add(const Counts& other, double times) {
    for (std::size_t i = 0; i < kOrders; ++i) {
      right[i] += times * other.right[i];
      given[i] += times * other.given[i];
    }
    length += times * other.length;
    reference_length += times * other.reference_length;
  }
};

using Grams = std::map<std::vector<std::string>, std::size_t>;

Grams CountGrams(const std::vector<std::string>& words) {
  Grams grams;
  for (std::size_t order = 1; order <= kOrders; ++order) {
    for (std::size_t i = 0; i + order <= words.size(); ++i) {
      const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i);
      ++grams[{begin, begin + static_cast<std::ptrdiff_t>(order)}];
    }
  }
  return grams;
}

Counts Count(const Judged& one) {
  const auto words = BleuWords(one.prediction->finite ? one.prediction->text : "");
  Grams wanted;
  std::size_t closest = 0;
  bool first = true;
  for (const std::string& reference : one.reference->values) {
    const auto reference_words = BleuWords(reference);
    for (const auto& [gram, count] : CountGrams(reference_words)) {
      auto& most = wanted[gram];
      most = std::max(most, count);
    }
    const auto off = [&words](std::size_t length) {
      return std::pair(length > words.size() ? length - words.size() : words.size() - length,
                       length);
    };
    if (first || off(reference_words.size()) < off(closest)) closest = reference_words.size();
    first = false;
  }
  Counts counts;
  counts.length = static_cast<double>(words.size());
  counts.reference_length = static_cast<double>(closest);
  for (const auto& [gram, count] : CountGrams(words)) {
    const auto found = wanted.find(gram);
    const std::size_t right = found == wanted.end() ? 0 : std::min(count, found->second);
    counts.given[gram.size() - 1] += static_cast<double>(count);
    counts.right[gram.size() - 1] += static_cast<double>(right);
  }
  return counts;
}

double Value(const Counts& counts) {
  if (std::ranges::all_of(counts.right, [](double n) { return n == 0; })) return 0;
  double logs = 0;
  double smooth = 1;
  for (std::size_t i = 0; i < kOrders; ++i) {
    if (counts.given[i] == 0) return 0;
    if (counts.right[i] == 0) {
      smooth *= 2;
      logs += std::log(1 / (smooth * counts.given[i]));
    } else {
      logs += std::log(counts.right[i] / counts.given[i]);
    }
  }
  const bool brief = counts.length < counts.reference_length;
  const double penalty = brief ? std::exp(1 - counts.reference_length / counts.length) : 1;
  return penalty * std::exp(logs / kOrders);
}

}  // namespace

std::vector<std::string> BleuWords(std::string_view text) {
  std::size_t end = 0;
  for (const Character& character : Characters(text)) {
    if (!IsSpace(character.code)) end = character.begin + character.size;
  }
  std::string line(text.substr(0, end));
  ReplaceAll(line, "<skipped>", "");
  ReplaceAll(line, "-\n", "");
  ReplaceAll(line, "\n", " ");
  ReplaceAll(line, "&quot;", "\"");
  ReplaceAll(line, "&amp;", "&");
  ReplaceAll(line, "&lt;", "<");
  ReplaceAll(line, "&gt;", ">");
  line = SignsApart(' ' + line + ' ');
  line = Rewritten(
      line, [](char a, char b) { return !IsDigit(a) && IsStop(b); },
      [](std::string& out, char a, char b) {
        out += {a, ' ', b, ' '};
      });
  line = Rewritten(
      line, [](char a, char b) { return IsStop(a) && !IsDigit(b); },
      [](std::string& out, char a, char b) {
        out += {' ', a, ' ', b};
      });
  line = Rewritten(
      line, [](char a, char b) { return IsDigit(a) && b == '-'; },
      [](std::string& out, char a, char b) {
        out += {a, ' ', b, ' '};
      });
  return SplitAtSpaces(line);
}

Result<Quality> Bleu(std::span<const Judged> judged, const LabelMapping&) {
  std::vector<Counts> samples;
  Counts all;
  for (const Judged& one : judged) all.Add(samples.emplace_back(Count(one)), 1);
  const Interval interval = BootstrapInterval(Value(all), samples.size(), kReplicates,
                                              [&samples](std::span<const std::uint32_t> times) {
                                                Counts drawn;
                                                for (std::size_t i = 0; i < samples.size(); ++i)
                                                  drawn.Add(samples[i], times[i]);
                                                return Value(drawn);
                                              });
  return Quality{"bleu", Value(all), interval, judged.size()};
}

}  // namespace permille
