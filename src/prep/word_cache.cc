// SPDX-License-Identifier: Apache-2.0
#include "prep/word_cache.h"

#include <cstring>

namespace permille {
namespace {

std::uint64_t Load(const char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, count);
  return value;
}

std::uint64_t Mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9E37'79B9'7F4A'7C15u;
  return hash ^ (hash >> 29);
}

}  // namespace

std::uint64_t WordCache::HashOf(std::string_view word) {
  std::uint64_t hash = word.size() * 0xD6E8'FEB8'6659'FD93u;
  std::size_t at = 0;
  for (; at + 8 <= word.size(); at += 8) hash = Mix(hash, Load(word.data() + at, 8));
  if (at < word.size()) hash = Mix(hash, Load(word.data() + at, word.size() - at));
  return Mix(hash, 0);
}

void WordCache::Remember(std::string_view word, std::size_t base, const std::vector<Piece>& pieces,
                         std::size_t from) {
  const std::size_t count = pieces.size() - from;
  if (word.size() > kLongestWord || count == 0) return;
  if (size_ == kMostWords) Clear();
  std::size_t at = last_hash_ & mask_;
  while (slots_[at].count != 0) at = (at + 1) & mask_;
  slots_[at] = {TagOf(last_hash_), static_cast<std::uint32_t>(keys_.size()),
                static_cast<std::uint32_t>(pieces_.size()), static_cast<std::uint16_t>(word.size()),
                static_cast<std::uint16_t>(count)};
  keys_.append(word);
  for (std::size_t i = from; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    pieces_.push_back({piece.id, {piece.span.begin - base, piece.span.end - base}});
  }
  if (++size_ * 2 > slots_.size()) Grow();
}

void WordCache::Clear() {
  slots_.assign(slots_.size(), {});
  size_ = 0;
  keys_.clear();
  pieces_.clear();
}

void WordCache::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  slots_.swap(old);
  mask_ = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.count == 0) continue;
    std::size_t at = HashOf(KeyOf(slot)) & mask_;
    while (slots_[at].count != 0) at = (at + 1) & mask_;
    slots_[at] = slot;
  }
}

}  // namespace permille
