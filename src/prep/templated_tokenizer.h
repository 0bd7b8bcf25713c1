// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "prep/text_tokens.h"
#include "prep/token_template.h"
#include "prep/tokenizer.h"

namespace permille {

/// The second half of every tokenizer: truncation and template around the tokens of a text. Where
/// only_first or only_second leaves too little to cut, Encode and EncodePair cut the longest first;
/// EncodeAll fails as tokenizers does.
class TemplatedTokenizer : public Tokenizer {
 public:
  void Encode(std::string_view text, const EncodeOptions& options, Encoding& out) final;
  void EncodePair(std::string_view first, std::string_view second, const EncodeOptions& options,
                  Encoding& out) final;
  Result<std::vector<Encoding>> EncodeAll(std::string_view first,
                                          std::optional<std::string_view> second,
                                          const EncodeOptions& options) final;

 protected:
  TemplatedTokenizer(TokenTemplate around, bool truncate_left)
      : around_(std::move(around)), truncate_left_(truncate_left) {}
  /// Replace `out` by all tokens of a text, or by more than the first `enough`.
  virtual void EncodeText(std::string_view text, std::size_t enough, TextTokens& out) = 0;

  const TokenTemplate around_;

 private:
  /// Tokens that fit beside the template's in options.max_length.
  std::size_t Room(const EncodeOptions& options, bool pair) const;

  bool truncate_left_;
  TextTokens first_;
  TextTokens second_;
};

}  // namespace permille
