// SPDX-License-Identifier: Apache-2.0
#include "prep/bpe.h"

#include <algorithm>
#include <functional>

#include "prep/byte_alphabet.h"
#include "prep/unicode.h"

namespace permille {
namespace {

/// U+2581, which SentencePiece writes for a space.
constexpr std::string_view kSpace = "\xE2\x96\x81";
/// Below this many symbols, looking at all pairs for the next merge beats keeping a heap.
constexpr std::size_t kMostToScan = 40;
/// Parts of a long word are at least this long, unless they begin with a space.
constexpr std::size_t kShortestPart = 24;

}  // namespace

void Bpe::Cut(std::string_view word, std::vector<Piece>& pieces) {
  if (options_.ignore_merges) {
    if (const auto id = raw_ ? raw_words_.Find(word) : vocabulary_.Find(word)) {
      pieces.push_back({*id, {0, word.size()}});
      return;
    }
  }
  if (!can_cut_) {
    CutPart(word, 0, pieces);
    return;
  }
  std::size_t base = 0;
  std::size_t space = 0;
  for (std::size_t at = 0; at < word.size();) {
    if (space <= at) space = NextSpaceCut(word, at);
    const std::size_t end = NextCut(word, at, space);
    base = CutPart(word.substr(at, end - at), base, pieces);
    at = end;
  }
}

std::size_t Bpe::NextSpaceCut(std::string_view word, std::size_t at) const {
  if (!can_cut_at_spaces_) return word.size();
  for (std::size_t cut = word.find(kSpace, at + 1); cut != std::string_view::npos;
       cut = word.find(kSpace, cut + kSpace.size())) {
    const std::string_view left = word.substr(at, cut - at);
    if (left.ends_with(kSpace)) continue;
    if (reach_across_.empty()) return cut;
    std::size_t last = left.size() - 1;
    while (last > 0 && (left[last] & 0xC0) == 0x80) --last;
    const char32_t c = DecodeUtf8(left, last).value;
    if (!std::binary_search(reach_across_.begin(), reach_across_.end(), c)) return cut;
  }
  return word.size();
}

std::size_t Bpe::NextCut(std::string_view word, std::size_t at, std::size_t space) const {
  if (space - at <= 2 * kShortestPart) return space;
  for (std::size_t cut = at + kShortestPart; cut < space; ++cut) {
    if (!raw_ && (word[cut] & 0xC0) == 0x80) continue;
    const auto last = static_cast<unsigned char>(word[cut - 1]);
    const auto first = static_cast<unsigned char>(word[cut]);
    if (joined_bytes_[last * 256u + first]) continue;
    if (raw_) return cut;
    std::size_t before = cut - 1;
    while ((word[before] & 0xC0) == 0x80) --before;
    if (IsKnown(word, before) && IsKnown(word, cut)) return cut;
  }
  return space;
}

/// Whether the character at word[at] is of the vocabulary. Unknown ones stay with their neighbours,
/// which they may be one piece with.
bool Bpe::IsKnown(std::string_view word, std::size_t at) const {
  const auto byte = static_cast<unsigned char>(word[at]);
  if (byte < 0x80) return single_[byte] != Vocabulary::kAbsent;
  return vocabulary_.Find(word.substr(at, DecodeUtf8(word, at).length)).has_value();
}

std::size_t Bpe::CutPart(std::string_view part, std::size_t base, std::vector<Piece>& pieces) {
  const bool cached = part.size() <= WordCache::kLongestWord;
  if (cached && cache_.Append(part, base, pieces)) return base + part.size();
  Spell(part);
  if (symbols_.size() <= kMostToScan) {
    MergeByScanning();
  } else {
    MergeByHeap();
  }
  const std::size_t from = pieces.size();
  std::size_t at = base;
  for (const Symbol& symbol : symbols_) {
    if (symbol.length == 0) continue;
    const bool known = !options_.unknown_from || symbol.id < *options_.unknown_from;
    pieces.push_back({known ? symbol.id : *unknown_id_, {at, at + symbol.length}});
    at += symbol.length;
  }
  if (raw_ && !raw_complete_) {
    SpansToRawBytes(part, base, std::span(pieces).subspan(from));
    return base + part.size();
  }
  // Where characters left no piece, the spans behind them are early, as with PyPI tokenizers: they
  // are sums of lengths. Such a word must not be cached, since what follows it moves too.
  if (at - base == part.size()) {
    if (cached) cache_.Remember(part, base, pieces, from);
  }
  return at;
}

void Bpe::Spell(std::string_view part) {
  symbols_.clear();
  pending_unknown_ = 0;
  const bool affixes = !options_.continuing_prefix.empty() || !options_.end_of_word_suffix.empty();
  for (std::size_t at = 0; at < part.size();) {
    const auto byte = static_cast<unsigned char>(part[at]);
    const bool one_byte = raw_ || byte < 0x80;
    const std::uint32_t length = one_byte ? 1 : DecodeUtf8(part, at).length;
    const bool last = at + length == part.size();
    if (one_byte && !affixes && raw_complete_ && single_[byte] != Vocabulary::kAbsent) {
      FlushUnknown();
      AddSymbol(single_[byte], 1);
    } else if (raw_) {
      std::string character;
      AppendUtf8(character, ByteCharacter(byte));
      const auto spelled = static_cast<std::uint32_t>(raw_complete_ ? 1 : character.size());
      SpellCharacter(character, spelled, at == 0, last);
    } else {
      SpellCharacter(part.substr(at, length), length, at == 0, last);
    }
    at += length;
  }
  FlushUnknown();
}

void Bpe::SpellCharacter(std::string_view character, std::uint32_t length, bool first, bool last) {
  spelled_.assign(first ? std::string_view() : std::string_view(options_.continuing_prefix));
  spelled_ += character;
  if (last) spelled_ += options_.end_of_word_suffix;
  if (const auto id = vocabulary_.Find(spelled_)) {
    FlushUnknown();
    AddSymbol(static_cast<std::int32_t>(*id), length);
    return;
  }
  const auto known = [&](char byte) {
    return byte_ids_[static_cast<unsigned char>(byte)] != Vocabulary::kAbsent;
  };
  if (options_.byte_fallback && std::all_of(spelled_.begin(), spelled_.end(), known)) {
    // An unknown piece in waiting comes after these bytes, as with PyPI tokenizers.
    for (const char byte : spelled_) AddSymbol(byte_ids_[static_cast<unsigned char>(byte)], 1);
    return;
  }
  AddUnknown(length);
}

void Bpe::AddSymbol(std::int32_t id, std::size_t length) {
  const auto index = static_cast<std::int32_t>(symbols_.size());
  symbols_.push_back({id, static_cast<std::uint32_t>(length), index - 1, index + 1, {}});
}

void Bpe::AddUnknown(std::uint32_t length) {
  if (!unknown_id_) return;
  if (!options_.fuse_unknown) FlushUnknown();
  pending_unknown_ += length;
}

void Bpe::FlushUnknown() {
  if (pending_unknown_ == 0) return;
  AddSymbol(*unknown_id_, pending_unknown_);
  pending_unknown_ = 0;
}

void Bpe::MergeByScanning() {
  merge_at_.assign(symbols_.size(), {});
  for (std::size_t i = 0; i + 1 < symbols_.size(); ++i) {
    merge_at_[i] = merges_.Find(symbols_[i].id, symbols_[i + 1].id);
  }
  const auto by_rank = [](const auto& a, const auto& b) { return a.rank < b.rank; };
  while (symbols_.size() > 1) {
    const auto best = std::min_element(merge_at_.begin(), merge_at_.end(), by_rank);
    if (best->rank == MergeTable::kNoRank) return;
    const auto at = static_cast<std::size_t>(best - merge_at_.begin());
    symbols_[at].id = best->id;
    symbols_[at].length += symbols_[at + 1].length;
    symbols_.erase(symbols_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    merge_at_.erase(best + 1);
    merge_at_[at] = at + 1 < symbols_.size() ? merges_.Find(symbols_[at].id, symbols_[at + 1].id)
                                             : MergeTable::Merge{};
    if (at > 0) merge_at_[at - 1] = merges_.Find(symbols_[at - 1].id, symbols_[at].id);
  }
}

/// Look up what the symbol at `at` and the one after it merge to; false when nothing.
bool Bpe::RankPair(std::int32_t at) {
  if (at < 0) return false;
  Symbol& left = symbols_[static_cast<std::size_t>(at)];
  const auto after = static_cast<std::size_t>(left.after);
  left.merge =
      after < symbols_.size() ? merges_.Find(left.id, symbols_[after].id) : MergeTable::Merge{};
  return left.merge.rank != MergeTable::kNoRank;
}

void Bpe::MergeByHeap() {
  const auto order = [&](std::int32_t at) {
    return std::uint64_t{symbols_[static_cast<std::size_t>(at)].merge.rank} << 32 |
           static_cast<std::uint32_t>(at);
  };
  const auto size = static_cast<std::int32_t>(symbols_.size());
  heap_.clear();
  for (std::int32_t i = 0; i < size; ++i) {
    if (RankPair(i)) heap_.push_back(order(i));
  }
  std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
  while (!heap_.empty()) {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    const std::uint64_t next = heap_.back();
    heap_.pop_back();
    const auto at = static_cast<std::int32_t>(next & 0xFFFF'FFFF);
    Symbol& left = symbols_[static_cast<std::size_t>(at)];
    if (left.merge.rank != next >> 32) continue;  // either half has been merged since
    Symbol& right = symbols_[static_cast<std::size_t>(left.after)];
    left.id = left.merge.id;
    left.length += right.length;
    left.after = right.after;
    right.length = 0;
    right.merge = {};
    if (left.after < size) symbols_[static_cast<std::size_t>(left.after)].before = at;
    for (const std::int32_t changed : {left.before, at}) {
      if (!RankPair(changed)) continue;
      heap_.push_back(order(changed));
      std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }
  }
}

/// Spans in bytes of the spelling in GPT-2's alphabet, where a byte is one or two, to raw bytes.
void Bpe::SpansToRawBytes(std::string_view part, std::size_t base, std::span<Piece> pieces) {
  raw_of_spelled_.clear();
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char32_t c = ByteCharacter(static_cast<unsigned char>(part[i]));
    raw_of_spelled_.insert(raw_of_spelled_.end(), Utf8Length(c), static_cast<std::uint32_t>(i));
  }
  for (Piece& piece : pieces) {
    const std::size_t end = std::min(piece.span.end - base, raw_of_spelled_.size());
    const std::size_t begin = std::min(piece.span.begin - base, end - 1);
    piece.span = {base + raw_of_spelled_[begin], base + raw_of_spelled_[end - 1] + 1};
  }
}

}  // namespace permille
