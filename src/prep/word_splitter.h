// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/json_field.h"
#include "prep/normalized_text.h"

namespace permille {

/// How normalised text falls into words: `pre_tokenizer` in tokenizer.json.
enum class WordSplit {
  kNone,        ///< the whole text is one word
  kWhitespace,  ///< WhitespaceSplit: runs without white space
  kBert,        ///< BertPreTokenizer: white space dropped, each punctuation mark by itself
};

/// Read `pre_tokenizer`; a kind other than these is kInvalid and named.
Result<WordSplit> ParseWordSplit(const JsonField& field);

/// Append the words of text[part].
void SplitWords(WordSplit split, std::string_view text, ByteSpan part,
                std::vector<ByteSpan>& words);

}  // namespace permille
