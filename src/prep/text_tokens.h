// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "prep/normalized_text.h"
#include "prep/token_template.h"
#include "prep/tokenizer.h"

namespace permille {

/// All tokens of one text, before truncation and template.
struct TextTokens {
  /// Spaces that a token begins and ends with, as many as its offsets may have to leave out.
  struct Spaces {
    std::uint32_t leading = 0;
    std::uint32_t trailing = 0;
  };
  std::vector<std::int64_t> ids;
  std::vector<ByteSpan> offsets;
  std::vector<std::int32_t> words;
  std::vector<Spaces> spaces;  ///< empty where offsets are not trimmed

  std::size_t size() const { return ids.size(); }
  void Clear();
};

/// Tokens of a text, `end` excluded.
struct TokenRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
};

/// How many tokens each text keeps.
struct Kept {
  std::size_t first = 0;
  std::size_t second = 0;
  bool enough = true;  ///< false: what `truncation` lets cut is shorter than what must go
};

/// Share `room` tokens between two texts (`second` 0 for one text), as truncate_encodings of
/// tokenizers does.
Kept ShareRoom(std::size_t first, std::size_t second, std::size_t room, Truncation truncation);

/// The pieces of `size` tokens that hold `keep` each, neighbours sharing `stride` (below `keep`),
/// the piece that Encode keeps first. From the right end when `left`.
std::vector<TokenRange> CutRanges(std::size_t size, std::size_t keep, std::size_t stride,
                                  bool left);

/// A text, its tokens and which of them are wanted.
struct TextPiece {
  std::string_view text;
  const TextTokens* tokens = nullptr;
  TokenRange range;
};

/// Put texts and template together. `second` is null for one text.
void Assemble(const TokenTemplate& around, bool special_tokens, const TextPiece& first,
              const TextPiece* second, Encoding& out);

}  // namespace permille
