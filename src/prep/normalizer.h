// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/normalized_text.h"

namespace permille {

/// One step of a tokenizer.json's normalizer: equal to tokenizers' in text and origins. Not
/// thread-safe: steps keep buffers.
class NormalizerStep {
 public:
  virtual ~NormalizerStep() = default;
  virtual void Apply(NormalizedText& text) = 0;
};

/// The steps from raw text to the text whose words are looked up.
class Normalizer {
 public:
  Normalizer() = default;
  explicit Normalizer(std::unique_ptr<NormalizerStep> step) { Add(std::move(step)); }
  /// Read the `normalizer` of a tokenizer.json; an unknown one is kInvalid and named.
  static Result<Normalizer> Parse(const JsonField& field);

  void Add(std::unique_ptr<NormalizerStep> step) { steps_.push_back(std::move(step)); }
  void Apply(NormalizedText& text) {
    for (const auto& step : steps_) step->Apply(text);
  }

 private:
  std::vector<std::unique_ptr<NormalizerStep>> steps_;
};

/// BertNormalizer's switches.
struct BertNormalization {
  bool clean_text = true;
  bool handle_chinese_chars = true;
  bool strip_accents = true;
  bool lowercase = true;
};
std::unique_ptr<NormalizerStep> MakeBertNormalizer(const BertNormalization& bert);

/// Replace each of the characters c by the bytes of its UTF-8, spelled in GPT-2's alphabet.
void SpellBytes(NormalizedText& text);
/// Lower-case each character by itself.
void LowerCase(NormalizedText& text);

// What the table of types in normalizer.cc refers to, each in its own file.
Result<std::unique_ptr<NormalizerStep>> ParseBertNormalizer(const JsonField& field);
Result<std::unique_ptr<NormalizerStep>> ParsePrecompiled(const JsonField& field);

}  // namespace permille
