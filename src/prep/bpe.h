// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "prep/merge_table.h"
#include "prep/token_model.h"
#include "prep/vocabulary.h"
#include "prep/word_cache.h"

namespace permille {

struct BpeOptions {
  /// What stands for a character outside the vocabulary; without it (or where the vocabulary lacks
  /// it) such a character leaves no piece.
  std::optional<std::string> unknown;
  std::string continuing_prefix;   ///< before every character of a word but the first
  std::string end_of_word_suffix;  ///< behind the last character of a word
  bool fuse_unknown = false;       ///< neighbouring unknown characters are one piece
  bool byte_fallback = false;      ///< an unknown character as its bytes <0x00>..<0xFF>
  bool ignore_merges = false;      ///< a word of the vocabulary is one piece, whatever the merges
  /// Pieces of this id and above come out unknown: merges pass through them, but the dictionary of
  /// fairseq's bpe.codes does not have them. Not in tokenizer.json; `unknown_from` in our own
  /// conversion of that layout.
  std::optional<std::int64_t> unknown_from;
};

/// Byte pair encoding (Sennrich et al. 2016): a word as its characters, then neighbours joined in
/// the order of the merges. Pieces equal those of PyPI tokenizers, whose heap this follows for long
/// words; short ones are scanned, and words seen before come from a cache. A long word, such as a
/// whole text (Llama), is first cut where no merge can reach across.
class Bpe : public TokenModel {
 public:
  using Merges = std::vector<std::pair<std::string, std::string>>;
  /// `origin` names the model in errors. kInvalid when a merge is not of the vocabulary.
  static Result<std::unique_ptr<TokenModel>> Make(Vocabulary vocabulary, const Merges& merges,
                                                  BpeOptions options, std::string_view origin);

  void Cut(std::string_view word, std::vector<Piece>& pieces) override;
  std::optional<std::int64_t> Id(std::string_view token) const override {
    return vocabulary_.Find(token);
  }
  std::optional<std::string> Token(std::int64_t id) const override;
  std::int64_t id_limit() const override { return vocabulary_.id_limit(); }
  Result<void> UseRawBytes() override;

 private:
  struct Symbol {
    std::int32_t id;
    std::uint32_t length;  ///< bytes of the word; 0: merged into the symbol before
    std::int32_t before;
    std::int32_t after;
    MergeTable::Merge merge;  ///< with the symbol after; the heap's
  };

  Bpe(Vocabulary vocabulary, BpeOptions options);
  Result<void> AddMerge(const std::string& left, const std::string& right, std::uint32_t rank,
                        std::string_view origin);
  void LearnWhereToCut();
  std::optional<std::string> BytesOf(std::int32_t id) const;

  std::size_t NextSpaceCut(std::string_view word, std::size_t at) const;
  std::size_t NextCut(std::string_view word, std::size_t at, std::size_t space) const;
  bool IsKnown(std::string_view word, std::size_t at) const;
  /// Cut a part no merge leaves; its pieces start at `base`. Where they end.
  std::size_t CutPart(std::string_view part, std::size_t base, std::vector<Piece>& pieces);
  void Spell(std::string_view part);
  void SpellCharacter(std::string_view character, std::uint32_t length, bool first, bool last);
  void AddSymbol(std::int32_t id, std::size_t length);
  void AddUnknown(std::uint32_t length);
  void FlushUnknown();
  void MergeByScanning();
  void MergeByHeap();
  bool RankPair(std::int32_t at);
  void SpansToRawBytes(std::string_view part, std::size_t base, std::span<Piece> pieces);

  Vocabulary vocabulary_;
  BpeOptions options_;
  MergeTable merges_;
  std::optional<std::int32_t> unknown_id_;
  std::array<std::int32_t, 256> single_{};    ///< ids of one-byte characters (raw: of bytes)
  std::array<std::int32_t, 256> byte_ids_{};  ///< ids of <0x00>..<0xFF>
  bool raw_ = false;
  bool raw_complete_ = true;  ///< the vocabulary has all 256 bytes
  Vocabulary raw_words_;      ///< with ignore_merges and raw_: the vocabulary as bytes
  bool can_cut_ = false;
  bool can_cut_at_spaces_ = false;
  /// Pairs of bytes, the last of a left half and the first of a right one, that some merge joins.
  std::vector<bool> joined_bytes_;
  std::vector<char32_t> reach_across_;  ///< characters some merge joins with a "▁" after them

  WordCache cache_;
  std::uint32_t pending_unknown_ = 0;  ///< bytes of an unknown piece not yet in symbols_
  std::vector<Symbol> symbols_;
  std::vector<MergeTable::Merge> merge_at_;  ///< of each symbol with the next
  std::vector<std::uint64_t> heap_;          ///< rank, then place in symbols_
  std::string spelled_;
  std::vector<std::uint32_t> raw_of_spelled_;
};

/// Read `model` of a tokenizer.json whose type is BPE.
Result<std::unique_ptr<TokenModel>> ParseBpe(const JsonField& model);

}  // namespace permille
