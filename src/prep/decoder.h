// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"

namespace permille {

/// One step of a tokenizer.json's decoder: tokens to other tokens.
class DecoderStep {
 public:
  virtual ~DecoderStep() = default;
  virtual void Apply(std::vector<std::string>& tokens) = 0;
};

/// How tokens become text again: `decoder` in tokenizer.json.
class Decoder {
 public:
  Decoder() = default;
  /// Read `decoder`; an unknown one is kInvalid and named. Without one, tokens are joined by
  /// spaces.
  static Result<Decoder> Parse(const JsonField& field);
  void Add(std::unique_ptr<DecoderStep> step) {
    steps_.push_back(std::move(step));
    joined_ = true;
  }
  std::string Join(std::vector<std::string> tokens) const;

 private:
  std::vector<std::unique_ptr<DecoderStep>> steps_;
  bool joined_ = false;  ///< without spaces
};

/// The decoder WordPiece: "##" joins, the rest is spaced; `cleanup` closes up punctuation.
std::unique_ptr<DecoderStep> MakeWordPieceDecoder(std::string prefix, bool cleanup);
/// The decoder ByteLevel: GPT-2's alphabet back to bytes. What is not UTF-8 becomes U+FFFD.
std::unique_ptr<DecoderStep> MakeByteLevelDecoder();

}  // namespace permille
