// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/normalized_text.h"

namespace permille {

/// BertNormalizer's switches.
struct BertNormalization {
  bool clean_text = true;
  bool handle_chinese_chars = true;
  bool strip_accents = true;
  bool lowercase = true;
};

/// One step of a tokenizer.json's normalizer.
struct NormalizerStep {
  enum class Kind { kBert, kLowercase, kNfd, kStripAccents, kReplace } kind = Kind::kBert;
  BertNormalization bert;
  std::string pattern;  ///< kReplace: the text to find
  std::string content;  ///< kReplace: what stands there instead
};

/// The steps from raw text to the text whose words are looked up. Equal to tokenizers' result in
/// text and origins. Not thread-safe: keeps buffers.
class Normalizer {
 public:
  Normalizer() = default;
  explicit Normalizer(std::vector<NormalizerStep> steps) : steps_(std::move(steps)) {}
  /// Read the `normalizer` of a tokenizer.json: BertNormalizer, Sequence, Replace (of a string),
  /// Lowercase, NFD, StripAccents; another one is kInvalid and named.
  static Result<Normalizer> Parse(const JsonField& field);

  void Apply(NormalizedText& text);

 private:
  void ApplyBert(const BertNormalization& bert, NormalizedText& text);
  void ApplyNfd(NormalizedText& text);

  std::vector<NormalizerStep> steps_;
  std::vector<NormalizedText::Change> changes_;
  struct Pending {
    int combining_class;
    NormalizedText::Change change;
  };
  std::vector<Pending> pending_;
};

}  // namespace permille
