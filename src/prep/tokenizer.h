// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/normalized_text.h"

// The prep folder in a dozen lines. Bytes to tensors; text so far. A tokenizer turns text into ids:
// tokenizer.cc loads a Hugging Face tokenizer.json (or vocab.txt) as a chain of normalizer, added
// tokens, word splitter, model and template, each in its own file. kTokenModels[] in token_model.cc
// is the table of model types (WordPiece; the next one is a file and a row). stand_in.cc makes ids
// where the real vocabulary is not at hand; word_ids.cc serves models that look whole words up.

namespace permille {

/// A text as ids. All vectors have one entry per token.
struct Encoding {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> type_ids;
  std::vector<ByteSpan> offsets;  ///< bytes of the given text; {0, 0} for tokens the template adds
  bool truncated = false;
};

struct EncodeOptions {
  bool special_tokens = true;
  /// Tokens to keep at most, special tokens included; 0: all.
  std::size_t max_length = 0;
};

/// What a short sequence of a batch is filled up with.
struct Padding {
  std::int64_t id = 0;
  std::int64_t type_id = 0;
  bool on_left = false;
};

/// Text to ids. Thread-compatible: Encode reuses buffers of the tokenizer and of `out`.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  /// Encode one text. Any bytes will do: what is not UTF-8 counts as U+FFFD.
  virtual void Encode(std::string_view text, const EncodeOptions& options, Encoding& out) = 0;
  /// Tokens of a text, special tokens included, nothing cut.
  std::size_t Count(std::string_view text);

  /// The id of a token, or absent.
  virtual std::optional<std::int64_t> Id(std::string_view token) const = 0;
  /// One more than the largest id.
  virtual std::int64_t id_limit() const = 0;
  virtual const Padding& padding() const = 0;
  /// The longest sequence the tokenizer's own files allow; absent when they do not say.
  virtual std::optional<std::int64_t> max_length() const = 0;
  /// "tokenizer", or "modelled" for a stand-in: the record's word for where ids come from.
  virtual std::string_view source() const { return "tokenizer"; }

 private:
  Encoding counted_;
};

/// Load the tokenizer of a folder in Hugging Face layout: tokenizer.json, else vocab.txt; settings
/// from tokenizer_config.json where there is one. Errors name file and field.
Result<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::string& folder);

}  // namespace permille
