// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "prep/pattern.h"
#include "prep/unicode.h"
#include "prep/word_steps.h"

namespace permille {
namespace {

/// What becomes of the matches: `behavior` in tokenizer.json.
enum class Behavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

Result<Behavior> ParseBehavior(const JsonField& field) {
  const struct {
    std::string_view name;
    Behavior behavior;
  } kBehaviors[] = {{"Removed", Behavior::kRemoved},
                    {"Isolated", Behavior::kIsolated},
                    {"MergedWithPrevious", Behavior::kMergedWithPrevious},
                    {"MergedWithNext", Behavior::kMergedWithNext},
                    {"Contiguous", Behavior::kContiguous}};
  PERMILLE_ASSIGN(const std::string name, field.String());
  for (const auto& known : kBehaviors) {
    if (known.name == name) return known.behavior;
  }
  return Fail(ErrorCode::kInvalid,
              "{}: {} is not Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous",
              field.place(), name);
}

/// A stretch of text that matches, or lies between two matches.
struct Stretch {
  ByteSpan span;
  bool match;
};

class PatternSplit : public WordStep {
 public:
  PatternSplit(std::unique_ptr<Pattern> pattern, Behavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  void Apply(NormalizedText& text, std::vector<ByteSpan>& words) override {
    next_.clear();
    for (const ByteSpan& word : words) {
      Find(text.text(), word);
      Put();
    }
    words.swap(next_);
  }

 private:
  void Add(ByteSpan span, bool match) { stretches_.push_back({span, match != invert_}); }

  void Find(std::string_view text, ByteSpan word) {
    stretches_.clear();
    std::size_t done = word.begin;
    // The pattern sees the word alone: its ends are the text's.
    ForEachMatch(*pattern_, text.substr(word.begin, word.end - word.begin), [&](ByteSpan match) {
      const ByteSpan span{word.begin + match.begin, word.begin + match.end};
      if (done < span.begin) Add({done, span.begin}, false);
      Add(span, true);
      done = span.end;
    });
    if (done < word.end) Add({done, word.end}, false);
  }

  void Put() {
    const std::size_t before = next_.size();
    switch (behavior_) {
      case Behavior::kRemoved:
        for (const Stretch& s : stretches_) {
          if (!s.match) next_.push_back(s.span);
        }
        break;
      case Behavior::kIsolated:
        for (const Stretch& s : stretches_) next_.push_back(s.span);
        break;
      case Behavior::kMergedWithNext:
        PutMergedWithNext();
        break;
      case Behavior::kMergedWithPrevious:
      case Behavior::kContiguous:
        PutMergedBack(before);
        break;
    }
    // An empty match makes no word.
    const auto first = next_.begin() + static_cast<std::ptrdiff_t>(before);
    next_.erase(std::remove_if(first, next_.end(),
                               [](const ByteSpan& span) { return span.begin == span.end; }),
                next_.end());
  }

  void PutMergedBack(std::size_t before) {
    bool previous = false;
    for (const Stretch& s : stretches_) {
      const bool merge =
          behavior_ == Behavior::kContiguous ? s.match == previous : s.match && !previous;
      if (merge && next_.size() > before) {
        next_.back().end = s.span.end;
      } else {
        next_.push_back(s.span);
      }
      previous = s.match;
    }
  }

  void PutMergedWithNext() {
    const std::size_t before = next_.size();
    bool previous = false;
    for (auto s = stretches_.rbegin(); s != stretches_.rend(); ++s) {
      if (s->match && !previous && next_.size() > before) {
        next_.back().begin = s->span.begin;
      } else {
        next_.push_back(s->span);
      }
      previous = s->match;
    }
    std::reverse(next_.begin() + static_cast<std::ptrdiff_t>(before), next_.end());
  }

  std::unique_ptr<Pattern> pattern_;
  Behavior behavior_;
  bool invert_;
  std::vector<Stretch> stretches_;
  std::vector<ByteSpan> next_;
};

/// GPT-2's words cover a text without gaps, so that matches are all there is.
class Gpt2Words : public WordStep {
 public:
  void Apply(NormalizedText& text, std::vector<ByteSpan>& words) override {
    next_.clear();
    for (const ByteSpan& word : words) {
      const std::string_view view = text.text().substr(0, word.end);
      for (std::size_t at = word.begin; at < word.end;) {
        const auto match = pattern_->Find(view, at);
        if (!match) break;
        next_.push_back(*match);
        at = match->end;
      }
    }
    words.swap(next_);
  }

 private:
  std::unique_ptr<Pattern> pattern_ = MakeGpt2Pattern();
  std::vector<ByteSpan> next_;
};

/// One character of a kind.
class CharacterPattern : public Pattern {
 public:
  explicit CharacterPattern(bool (*is_kind)(char32_t)) : is_kind_(is_kind) {}
  std::optional<ByteSpan> Find(std::string_view text, std::size_t from) override {
    while (from < text.size()) {
      const CodePoint c = DecodeUtf8(text, from);
      if (is_kind_(c.value)) return ByteSpan{from, from + c.length};
      from += c.length;
    }
    return std::nullopt;
  }

 private:
  bool (*is_kind_)(char32_t);
};

ParsedWordStep MakeSplit(std::unique_ptr<Pattern> pattern, Behavior behavior, bool invert) {
  return std::unique_ptr<WordStep>(
      std::make_unique<PatternSplit>(std::move(pattern), behavior, invert));
}

}  // namespace

ParsedWordStep ParsePatternSplit(const JsonField& field) {
  PERMILLE_ASSIGN(auto pattern, ParsePattern(field["pattern"]));
  PERMILLE_ASSIGN(const Behavior behavior, ParseBehavior(field["behavior"]));
  PERMILLE_ASSIGN(const bool invert, field["invert"].BoolOr(false));
  return MakeSplit(std::move(pattern), behavior, invert);
}

ParsedWordStep ParsePunctuation(const JsonField& field) {
  Behavior behavior = Behavior::kIsolated;
  if (field["behavior"].exists()) {
    PERMILLE_ASSIGN(behavior, ParseBehavior(field["behavior"]));
  }
  return MakeSplit(std::make_unique<CharacterPattern>(IsHfPunctuation), behavior, false);
}

ParsedWordStep ParseDigits(const JsonField& field) {
  PERMILLE_ASSIGN(const bool single, field["individual_digits"].BoolOr(false));
  return MakeSplit(std::make_unique<CharacterPattern>(IsHfNumeric),
                   single ? Behavior::kIsolated : Behavior::kContiguous, false);
}

ParsedWordStep ParseCharDelimiterSplit(const JsonField& field) {
  PERMILLE_ASSIGN(const std::string delimiter, field["delimiter"].String());
  if (CountCodePoints(delimiter) != 1) {
    return Fail(ErrorCode::kInvalid, "{}: \"{}\" is not one character", field["delimiter"].place(),
                delimiter);
  }
  return MakeSplit(MakeStringPattern(delimiter), Behavior::kRemoved, false);
}

std::unique_ptr<WordStep> MakeGpt2Words() {
  return std::make_unique<Gpt2Words>();
}

}  // namespace permille
