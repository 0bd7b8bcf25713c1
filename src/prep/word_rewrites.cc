// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "prep/byte_alphabet.h"
#include "prep/unicode.h"
#include "prep/word_steps.h"

namespace permille {
namespace {

/// Words of a text that was cut off (NormalizedText) have nothing in them.
void DropEmpty(std::vector<ByteSpan>& words) {
  std::erase_if(words, [](const ByteSpan& word) { return word.begin >= word.end; });
}

/// Metaspace: spaces become a visible character, one is put in front, and words begin with it.
class Metaspace : public WordStep {
 public:
  enum class Prepend { kNever, kFirst, kAlways };
  Metaspace(std::string mark, Prepend prepend, bool split)
      : mark_(std::move(mark)), prepend_(prepend), split_(split) {}

  void Apply(NormalizedText& text, std::vector<ByteSpan>& words) override {
    next_.clear();
    text.Begin();
    for (const ByteSpan& word : words) {
      const std::size_t begin = text.written();
      Rewrite(text, word);
      if (split_) {
        Cut(text.written_text().substr(begin), begin);
      } else {
        next_.push_back({begin, text.written()});
      }
    }
    text.Finish();
    DropEmpty(next_);
    words.swap(next_);
  }

 private:
  void Rewrite(NormalizedText& text, ByteSpan word) {
    const std::string_view view = text.text().substr(0, word.end);
    const std::string_view content = view.substr(word.begin);
    const NormalizedText::Origin first = text.OriginOf(word.begin);
    const bool wanted =
        prepend_ == Prepend::kAlways || (prepend_ == Prepend::kFirst && first.begin == 0);
    if (wanted && content.front() != ' ' && !content.starts_with(mark_)) text.Insert(mark_, first);
    std::size_t done = word.begin;
    for (std::size_t at = view.find(' ', done); at != std::string_view::npos;
         at = view.find(' ', done)) {
      text.Copy({done, at});
      text.Insert(mark_, text.OriginOf(at));
      done = at + 1;
    }
    text.Copy({done, word.end});
  }

  /// Words of `content`, which lies at `offset`: each mark begins one.
  void Cut(std::string_view content, std::size_t offset) {
    std::size_t begin = 0;
    while (begin < content.size()) {
      const std::size_t end = std::min(content.find(mark_, begin + 1), content.size());
      next_.push_back({offset + begin, offset + end});
      begin = end;
    }
  }

  std::string mark_;
  Prepend prepend_;
  bool split_;
  std::vector<ByteSpan> next_;
};

class PrefixSpace : public WordStep {
 public:
  void Apply(NormalizedText& text, std::vector<ByteSpan>& words) override {
    text.Begin();
    for (ByteSpan& word : words) {
      const std::size_t begin = text.written();
      if (text.text()[word.begin] != ' ') text.Insert(" ", text.OriginOf(word.begin));
      text.Copy(word);
      word = {begin, text.written()};
    }
    text.Finish();
    DropEmpty(words);
  }
};

class ByteSpelling : public WordStep {
 public:
  void Apply(NormalizedText& text, std::vector<ByteSpan>& words) override {
    text.Begin();
    for (ByteSpan& word : words) {
      const std::size_t begin = text.written();
      for (std::size_t at = word.begin; at < word.end; ++at) {
        spelled_.clear();
        AppendUtf8(spelled_, ByteCharacter(static_cast<unsigned char>(text.text()[at])));
        text.Insert(spelled_, text.OriginOf(at));
      }
      word = {begin, text.written()};
    }
    text.Finish();
    DropEmpty(words);
  }

 private:
  std::string spelled_;
};

}  // namespace

ParsedWordStep ParseMetaspace(const JsonField& field) {
  PERMILLE_ASSIGN(std::string mark, field["replacement"].String());
  if (CountCodePoints(mark) != 1) {
    return Fail(ErrorCode::kInvalid, "{}: \"{}\" is not one character",
                field["replacement"].place(), mark);
  }
  PERMILLE_ASSIGN(const bool split, field["split"].BoolOr(true));
  PERMILLE_ASSIGN(const bool prefix, field["add_prefix_space"].BoolOr(true));
  PERMILLE_ASSIGN(const std::string scheme,
                  field["prepend_scheme"].StringOr(prefix ? "always" : "never"));
  Metaspace::Prepend prepend = Metaspace::Prepend::kAlways;
  if (scheme == "never") {
    prepend = Metaspace::Prepend::kNever;
  } else if (scheme == "first") {
    prepend = Metaspace::Prepend::kFirst;
  } else if (scheme != "always") {
    return Fail(ErrorCode::kInvalid, "{}: {} is not always, first or never",
                field["prepend_scheme"].place(), scheme);
  }
  return std::unique_ptr<WordStep>(std::make_unique<Metaspace>(std::move(mark), prepend, split));
}

std::unique_ptr<WordStep> MakePrefixSpace() {
  return std::make_unique<PrefixSpace>();
}

std::unique_ptr<WordStep> MakeByteSpelling() {
  return std::make_unique<ByteSpelling>();
}

}  // namespace permille
