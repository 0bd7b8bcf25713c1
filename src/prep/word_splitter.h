// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/normalized_text.h"

namespace permille {

/// One step of a tokenizer.json's pre-tokenizer. Not thread-safe: steps keep buffers.
class WordStep {
 public:
  virtual ~WordStep() = default;
  /// Cut `words` (stretches of text.text(), in order, none empty) further. Some steps rewrite the
  /// text; then what lies between the words is gone.
  virtual void Apply(NormalizedText& text, std::vector<ByteSpan>& words) = 0;
};

/// How normalised text falls into words: `pre_tokenizer` in tokenizer.json. Equal to tokenizers' in
/// words and origins.
class WordSplitter {
 public:
  WordSplitter() = default;
  explicit WordSplitter(std::unique_ptr<WordStep> step) { steps_.push_back(std::move(step)); }
  /// Read `pre_tokenizer`; an unknown one is kInvalid and named. Without one a text is one word.
  static Result<WordSplitter> Parse(const JsonField& field);

  /// Whether Apply leaves the text as it is.
  bool keeps_text() const { return keeps_text_; }
  /// Whether the last step is to spell words in GPT-2's alphabet. DropSpelling takes it out, for a
  /// model that takes raw bytes.
  bool spells_bytes() const { return spells_bytes_; }
  void DropSpelling();

  void Apply(NormalizedText& text, std::vector<ByteSpan>& words) {
    for (const auto& step : steps_) step->Apply(text, words);
  }

 private:
  Result<void> AddSteps(const JsonField& field, int depth);

  std::vector<std::unique_ptr<WordStep>> steps_;
  bool keeps_text_ = true;
  bool spells_bytes_ = false;
  bool rewrites_before_spelling_ = false;
};

/// BertPreTokenizer: white space dropped, each punctuation mark by itself.
std::unique_ptr<WordStep> MakeBertWords();

}  // namespace permille
