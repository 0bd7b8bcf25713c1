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
#include "prep/decoder.h"
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
  WordSplitter splitter;
  Decoder decoder;
  TokenTemplate tokens_around;
  Padding padding;
  SpecialIds special;
  bool truncate_left = false;
  bool cleans_up_spaces = true;
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
  bool cleans_up_spaces() const override { return parts_.cleans_up_spaces; }

 private:
  void EncodeText(std::string_view text, std::size_t enough, TextTokens& out) override;
  void EncodePart(std::string_view text, const TextPart& part, std::size_t enough, TextTokens& out);
  void EncodeWords(NormalizedText& text, ByteSpan part, std::size_t enough, TextTokens& out);
  void AppendAdded(std::int64_t id, std::string_view found, ByteSpan offset, TextTokens& out);
  void AppendPieces(const NormalizedText& text, ByteSpan word, TextTokens& out);

  HfTokenizerParts parts_;
  AddedTokenMatcher raw_;         ///< looked for in the raw text
  AddedTokenMatcher normalized_;  ///< looked for in the normalised text
  struct Added {
    const AddedToken* token;
    std::string decoded;  ///< the normalised content
    bool special;
  };
  std::unordered_map<std::int64_t, Added> added_by_id_;
  std::unordered_map<std::string_view, const AddedToken*> added_by_content_;
  std::int64_t id_limit_ = 0;
  std::int32_t word_ = 0;   ///< words of the text so far
  bool raw_bytes_ = false;  ///< the model takes bytes that a vocabulary spells in GPT-2's alphabet
  NormalizedText text_;
  NormalizedText part_text_;
  std::vector<TextPart> raw_parts_;
  std::vector<TextPart> normalized_parts_;
  std::vector<ByteSpan> words_;
  std::vector<Piece> pieces_;
};

}  // namespace permille
