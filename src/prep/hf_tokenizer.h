// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "prep/added_tokens.h"
#include "prep/normalizer.h"
#include "prep/templated_tokenizer.h"
#include "prep/text_tokens.h"
#include "prep/token_model.h"
#include "prep/token_template.h"
#include "prep/tokenizer.h"
#include "prep/word_splitter.h"

namespace permille {

/// What a tokenizer.json holds, read and checked.
struct HfTokenizerParts {
  std::unique_ptr<TokenModel> model;
  Normalizer normalizer;
  std::vector<AddedToken> added_tokens;
  WordSplit word_split = WordSplit::kBert;
  TokenTemplate tokens_around;
  Padding padding;
  SpecialIds special;
  bool truncate_left = false;
  std::optional<std::int64_t> max_length;
};

/// The chain of Hugging Face tokenizers: added tokens out of the raw text, normalise, added tokens
/// out of the normalised text, words, pieces, truncation, template. Ids and offsets equal PyPI
/// tokenizers'.
class HfTokenizer : public TemplatedTokenizer {
 public:
  explicit HfTokenizer(HfTokenizerParts parts);
  std::string Decode(std::span<const std::int64_t> ids, bool skip_special) const override;
  std::optional<std::int64_t> Id(std::string_view token) const override;
  std::optional<std::string> Token(std::int64_t id) const override;
  std::int64_t id_limit() const override { return id_limit_; }
  const SpecialIds& special() const override { return parts_.special; }
  const Padding& padding() const override { return parts_.padding; }
  std::optional<std::int64_t> max_length() const override { return parts_.max_length; }

 private:
  void EncodeText(std::string_view text, std::size_t enough, TextTokens& out) override;
  void EncodePart(std::string_view text, const TextPart& part, std::size_t enough, TextTokens& out);
  void EncodeWords(ByteSpan part, std::size_t enough, TextTokens& out);
  void AppendAdded(const TextPart& part, std::string_view text, ByteSpan offset, TextTokens& out);

  HfTokenizerParts parts_;
  AddedTokenMatcher raw_;         ///< looked for in the raw text
  AddedTokenMatcher normalized_;  ///< looked for in the normalised text
  std::unordered_map<std::int64_t, const AddedToken*> added_by_id_;
  std::unordered_map<std::string_view, const AddedToken*> added_by_content_;
  std::int64_t id_limit_ = 0;
  std::int32_t word_ = 0;  ///< words of the text so far
  NormalizedText text_;
  std::vector<TextPart> raw_parts_;
  std::vector<TextPart> normalized_parts_;
  std::vector<ByteSpan> words_;
  std::vector<Piece> pieces_;
};

}  // namespace permille
