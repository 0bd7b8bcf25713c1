// SPDX-License-Identifier: Apache-2.0
#include "prep/text_tokens.h"

#include <algorithm>
#include <utility>

#include "prep/unicode.h"

namespace permille {
namespace {

template <class T>
void AppendRange(const std::vector<T>& from, TokenRange range, std::vector<T>& to) {
  const auto at = from.begin();
  to.insert(to.end(), at + static_cast<std::ptrdiff_t>(range.begin),
            at + static_cast<std::ptrdiff_t>(range.end));
}

std::size_t Forward(std::string_view text, std::size_t at, std::size_t characters) {
  for (; characters > 0 && at < text.size(); --characters) at += DecodeUtf8(text, at).length;
  return at;
}

std::size_t Back(std::string_view text, std::size_t at, std::size_t characters) {
  for (; characters > 0 && at > 0; --characters) {
    std::size_t begin = at - 1;
    while (begin > 0 && at - begin < 4 && (text[begin] & 0xC0) == 0x80) --begin;
    at = begin + DecodeUtf8(text, begin).length == at ? begin : at - 1;
  }
  return at;
}

/// process_offsets of tokenizers, which counts characters of the text: each space of a token takes
/// one away.
ByteSpan Trim(std::string_view text, TextTokens::Spaces spaces, bool keep_one, ByteSpan span) {
  std::size_t leading = spaces.leading;
  if (keep_one && leading == 1) leading = 0;
  span.begin = std::min(Forward(text, span.begin, leading), span.end);
  span.end = std::max(Back(text, span.end, spaces.trailing), span.begin);
  return span;
}

void AppendText(const TextPiece& piece, const TokenTemplate& around, Encoding& out) {
  const TextTokens& tokens = *piece.tokens;
  AppendRange(tokens.ids, piece.range, out.ids);
  AppendRange(tokens.words, piece.range, out.words);
  const std::size_t begin = out.offsets.size();
  AppendRange(tokens.offsets, piece.range, out.offsets);
  if (!around.trim_offsets) return;
  for (std::size_t i = 0; i < piece.range.size(); ++i) {
    const TextTokens::Spaces spaces = tokens.spaces[piece.range.begin + i];
    if (spaces.leading == 0 && spaces.trailing == 0) continue;
    ByteSpan& span = out.offsets[begin + i];
    span = Trim(piece.text, spaces, around.add_prefix_space && (i == 0 || span.begin == 0), span);
  }
}

void Clear(Encoding& out) {
  out.ids.clear();
  out.type_ids.clear();
  out.offsets.clear();
  out.sequences.clear();
  out.words.clear();
  out.truncated = false;
}

}  // namespace

void TextTokens::Clear() {
  ids.clear();
  offsets.clear();
  words.clear();
  spaces.clear();
}

Kept ShareRoom(std::size_t first, std::size_t second, std::size_t room, Truncation truncation) {
  Kept kept{first, second, true};
  if (first + second <= room) return kept;
  const std::size_t excess = first + second - room;
  if (truncation != Truncation::kLongestFirst) {
    std::size_t& cut = truncation == Truncation::kOnlyFirst ? kept.first : kept.second;
    kept.enough = cut > excess;
    if (kept.enough) {
      cut -= excess;
      return kept;
    }
  }
  // Both shrink to the same length at most, the odd token going to the longer of the two.
  std::size_t shorter = std::min(first, second);
  std::size_t longer = shorter > room ? shorter : std::max(shorter, room - shorter);
  if (shorter + longer > room) {
    shorter = room / 2;
    longer = shorter + room % 2;
  }
  kept.first = first > second ? longer : shorter;
  kept.second = first > second ? shorter : longer;
  return kept;
}

std::vector<TokenRange> CutRanges(std::size_t size, std::size_t keep, std::size_t stride,
                                  bool left) {
  if (keep >= size) return {{0, size}};
  if (keep == 0) return {{0, 0}};
  std::vector<TokenRange> ranges;
  const std::size_t step = keep - std::min(stride, keep - 1);
  for (std::size_t done = 0;; done += step) {
    const std::size_t far = std::min(done + keep, size);
    ranges.push_back(left ? TokenRange{size - far, size - done} : TokenRange{done, far});
    if (far == size) return ranges;
  }
}

void Assemble(const TokenTemplate& around, bool special_tokens, const TextPiece& first,
              const TextPiece* second, Encoding& out) {
  Clear(out);
  for (const TokenTemplate::Step& step : second ? around.pair : around.single) {
    if (step.sequence >= 0) {
      AppendText(step.sequence == 0 ? first : *second, around, out);
    } else if (special_tokens) {
      out.ids.push_back(step.id);
      out.offsets.push_back({});
      out.words.push_back(-1);
    }
    out.type_ids.resize(out.ids.size(), step.type_id);
    out.sequences.resize(out.ids.size(), static_cast<std::int8_t>(step.sequence));
  }
}

}  // namespace permille
