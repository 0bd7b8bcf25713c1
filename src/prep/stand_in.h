// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/normalizer.h"
#include "prep/templated_tokenizer.h"
#include "prep/text_tokens.h"
#include "prep/token_template.h"
#include "prep/tokenizer.h"
#include "prep/word_splitter.h"

namespace permille {

/// The shape of a vocabulary that is not at hand.
struct StandInOptions {
  std::string table;  ///< path of a catalog/stand_in/*.csv: kind, length, words, mean_pieces
  std::int64_t vocab_size = 0;
  SpecialIds special;      ///< never made for a word
  TokenTemplate around;    ///< what is put around a text and a pair
  std::string mask_token;  ///< stands for special.mask where a text holds it; empty: none
  bool pad_on_left = false;
  std::optional<std::int64_t> max_length;
  /// Ids must lie in the vocabulary, which must hold more than the special tokens.
  Result<void> Validate() const;
};

/// [CLS] text [SEP], and [CLS] text [SEP] text [SEP] for a pair.
TokenTemplate BertTemplate(std::int64_t cls, std::int64_t sep);

/// Read a stand_in.json (docs/formats/model.md): table (relative to the file), vocab_size, special
/// (ids by role), mask_token, post_processor as in a tokenizer.json, padding_side,
/// model_max_length.
Result<StandInOptions> ReadStandIn(const std::string& path);

/// Makes ids of the right number and range without the real vocabulary: words as BERT splits them;
/// for each the mean number of pieces that the table gives words of its kind and length, fractions
/// carried from word to word, so that a text's count is the rounded sum; each piece hashed into the
/// vocabulary past the special ids. The same text always gives the same ids. What it makes is
/// `tokens: modelled`; labels from it mean nothing.
class StandInTokenizer : public TemplatedTokenizer {
 public:
  static Result<std::unique_ptr<Tokenizer>> Make(const StandInOptions& options);

  /// A token stands for no text: `token` and its id.
  std::string Decode(std::span<const std::int64_t> ids, bool skip_special) const override;
  std::optional<std::int64_t> Id(std::string_view) const override { return std::nullopt; }
  std::optional<std::string> Token(std::int64_t id) const override;
  std::int64_t id_limit() const override { return options_.vocab_size; }
  const SpecialIds& special() const override { return options_.special; }
  const Padding& padding() const override { return padding_; }
  std::optional<std::int64_t> max_length() const override { return options_.max_length; }
  std::string_view source() const override { return "modelled"; }

 private:
  static constexpr std::size_t kKinds = 3;
  /// Mean pieces by word length for each kind of word; index 0 is unused, the last row serves
  /// longer words.
  using Table = std::array<std::vector<double>, kKinds>;

  StandInTokenizer(StandInOptions options, Table table);
  static Result<Table> ReadTable(const std::string& path);
  void EncodeText(std::string_view text, std::size_t enough, TextTokens& out) override;
  /// Append the tokens of a part of the text; `due` is the mean number of tokens up to here.
  void EncodePart(std::string_view text, ByteSpan part, std::size_t enough, double& due,
                  TextTokens& out);
  bool IsSpecial(std::int64_t id) const;
  double MeanPieces(std::string_view word) const;
  std::int64_t IdOf(std::string_view word, std::uint64_t piece) const;

  StandInOptions options_;
  Table table_;
  Padding padding_;
  Normalizer normalizer_;
  WordSplitter splitter_;
  NormalizedText text_;
  std::vector<ByteSpan> words_;
};

}  // namespace permille
