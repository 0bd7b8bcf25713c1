// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/normalized_text.h"

// The prep folder in a dozen lines. Bytes to tensors; text so far. A tokenizer turns text into ids:
// tokenizer.cc loads a Hugging Face tokenizer.json (or an older layout) as a chain of added tokens,
// normalizer, word splitter, model, template and decoder, each in its own file with its own table
// of types: kNormalizers[], kWordSteps[], kTokenModels[], kDecoders[]. Nobody includes those but
// the chain, hf_tokenizer.cc; templated_tokenizer.cc cuts to length. stand_in.cc makes ids where
// the real vocabulary is not at hand; word_ids.cc serves models that look whole words up.

namespace permille {

/// A text (or a pair of texts) as ids. All vectors have one entry per token.
struct Encoding {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> type_ids;
  std::vector<ByteSpan> offsets;  ///< bytes of the given text; {0, 0} for tokens the template adds
  /// Which text a token is from: 0 the first, 1 the second, -1 added by the template.
  std::vector<std::int8_t> sequences;
  /// Which word of its text, as the pre-tokenizer cuts; -1 for tokens the template adds.
  std::vector<std::int32_t> words;
  bool truncated = false;
};

enum class Truncation { kLongestFirst, kOnlyFirst, kOnlySecond };

struct EncodeOptions {
  bool special_tokens = true;
  /// Tokens to keep at most, special tokens included; 0: all.
  std::size_t max_length = 0;
  Truncation truncation = Truncation::kLongestFirst;
  /// With EncodeAll: tokens that one piece repeats of the piece before it.
  std::size_t stride = 0;
};

/// What a short sequence of a batch is filled up with.
struct Padding {
  std::int64_t id = 0;
  std::int64_t type_id = 0;
  bool on_left = false;
};

/// Ids of the tokens with a role, as tokenizer_config.json, special_tokens_map.json or the format
/// name them; absent where nothing does.
struct SpecialIds {
  std::optional<std::int64_t> bos, eos, unk, sep, pad, cls, mask;
};

/// Text to ids and back. Thread-compatible: Encode reuses buffers of the tokenizer and of `out`.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  /// Encode one text. Any bytes will do: what is not UTF-8 counts as U+FFFD.
  virtual void Encode(std::string_view text, const EncodeOptions& options, Encoding& out) = 0;
  /// Encode two texts as the template for pairs joins them.
  virtual void EncodePair(std::string_view first, std::string_view second,
                          const EncodeOptions& options, Encoding& out) = 0;
  /// Encode a pair (or one text: `second` absent) in as many pieces of max_length as it takes,
  /// neighbours sharing options.stride tokens. kInvalid when what may not be cut leaves no room.
  virtual Result<std::vector<Encoding>> EncodeAll(std::string_view first,
                                                  std::optional<std::string_view> second,
                                                  const EncodeOptions& options) = 0;
  /// Ids to text, as the tokenizer's decoder joins them. Unknown ids are left out.
  virtual std::string Decode(std::span<const std::int64_t> ids, bool skip_special) const = 0;
  /// Tokens of a text, special tokens included, nothing cut.
  std::size_t Count(std::string_view text);

  /// The id of a token, or absent; and the token of an id, as the vocabulary spells it.
  virtual std::optional<std::int64_t> Id(std::string_view token) const = 0;
  virtual std::optional<std::string> Token(std::int64_t id) const = 0;
  /// One more than the largest id.
  virtual std::int64_t id_limit() const = 0;
  virtual const SpecialIds& special() const = 0;
  virtual const Padding& padding() const = 0;
  /// The longest sequence the tokenizer's own files allow; absent when they do not say.
  virtual std::optional<std::int64_t> max_length() const = 0;
  /// Whether transformers' decode takes the spaces before punctuation and contractions out of what
  /// Decode gives (tokenizer_config.json: clean_up_tokenization_spaces; its default is true). The
  /// caller does it where the reference pipeline does.
  virtual bool cleans_up_spaces() const { return true; }
  /// "tokenizer", or "modelled" for a stand-in: the record's word for where ids come from.
  virtual std::string_view source() const { return "tokenizer"; }

 private:
  Encoding counted_;
};

/// Load the tokenizer of a folder in Hugging Face layout: tokenizer.json, else vocab.txt; settings
/// from tokenizer_config.json where there is one. Errors name file and field.
Result<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::string& folder);

}  // namespace permille
