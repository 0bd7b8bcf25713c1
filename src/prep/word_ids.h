// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/vocabulary.h"

namespace permille {

struct WordIdsOptions {
  std::string vocabulary;  ///< path of a JSON object: word -> id
  bool lower = true;
  std::int64_t unknown = 1;  ///< id of words the vocabulary lacks
  std::int64_t pad = 0;
  std::size_t length = 0;  ///< every text becomes this many ids
  bool pad_left = false;
  bool truncate_left = false;  ///< keep the last words instead of the first
  Result<void> Validate() const;
};

/// Whole words to ids, as Keras' Tokenizer and pad_sequences do: lower case, punctuation (not the
/// apostrophe) to spaces, cut at spaces, looked up, padded or cut to one length.
class WordIds {
 public:
  static Result<WordIds> Make(const WordIdsOptions& options);
  const WordIdsOptions& options() const { return options_; }
  /// Set `ids` to exactly options().length ids. Returns how many of them are words.
  std::size_t Encode(std::string_view text, std::vector<std::int64_t>& ids);

 private:
  WordIds(WordIdsOptions options, Vocabulary vocabulary)
      : options_(std::move(options)), vocabulary_(std::move(vocabulary)) {}

  WordIdsOptions options_;
  Vocabulary vocabulary_;
  std::string text_;
};

}  // namespace permille
