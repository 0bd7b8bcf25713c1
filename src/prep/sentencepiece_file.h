// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace permille {

/// What a SentencePiece model file says (sentencepiece_model.proto of google/sentencepiece), as far
/// as encoding needs it.
struct SentencePieceFile {
  enum class Type { kUnigram = 1, kBpe = 2 };
  struct Piece {
    std::string text;
    float score = 0;
  };
  std::vector<Piece> pieces;  ///< in the order of their ids
  Type type = Type::kUnigram;
  std::int64_t unknown_id = 0;
  std::string unknown_piece = "<unk>";
  bool byte_fallback = false;
  std::string character_map;  ///< precompiled_charsmap
};

/// Read the bytes of a SentencePiece model. kInvalid, naming `origin`, when they are none, when a
/// piece is not UTF-8, too long or has no finite score, or when the model is of words or
/// characters.
Result<SentencePieceFile> ParseSentencePiece(std::string_view bytes, std::string_view origin);

/// The pairs of pieces that join to a piece, best first: what a SentencePiece BPE model leaves
/// unsaid and tokenizer.json spells out. By score where `scores` has one per piece (of equals, the
/// pieces' order decides; a score of 0 joins nothing), else by id.
std::vector<std::pair<std::string, std::string>> MergesOf(const SentencePieceFile& file,
                                                          const std::vector<double>& scores);

}  // namespace permille
