// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prep/token_model.h"

namespace permille {

/// The pieces of words cut before: running text repeats its words. Bounded; when full it is emptied
/// and filled anew, so that it follows the text.
class WordCache {
 public:
  /// Longer words hardly come twice.
  static constexpr std::size_t kLongestWord = 48;

  /// Append the pieces of `word` (at most kLongestWord bytes) moved by `base` bytes, if the word is
  /// known.
  bool Append(std::string_view word, std::size_t base, std::vector<Piece>& pieces) {
    last_hash_ = HashOf(word);
    for (std::size_t at = last_hash_ & mask_; slots_[at].count != 0; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.tag != TagOf(last_hash_) || KeyOf(slot) != word) continue;
      for (std::uint32_t i = 0; i < slot.count; ++i) {
        const Piece& piece = pieces_[slot.pieces + i];
        pieces.push_back({piece.id, {base + piece.span.begin, base + piece.span.end}});
      }
      return true;
    }
    return false;
  }
  /// Remember pieces[from..], whose spans begin at `base`, for the word Append did not know last.
  /// A word without pieces is not remembered.
  void Remember(std::string_view word, std::size_t base, const std::vector<Piece>& pieces,
                std::size_t from);
  void Clear();

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t key = 0;  ///< in keys_
    std::uint32_t pieces = 0;
    std::uint16_t length = 0;
    std::uint16_t count = 0;  ///< 0: free
  };
  static constexpr std::size_t kFirstSlots = 1024;
  static constexpr std::size_t kMostWords = 1 << 16;

  static std::uint64_t HashOf(std::string_view word);
  static std::uint32_t TagOf(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  std::string_view KeyOf(const Slot& slot) const {
    return std::string_view(keys_).substr(slot.key, slot.length);
  }
  void Grow();

  std::vector<Slot> slots_ = std::vector<Slot>(kFirstSlots);
  std::uint64_t mask_ = kFirstSlots - 1;
  std::size_t size_ = 0;
  std::string keys_;
  std::vector<Piece> pieces_;
  std::uint64_t last_hash_ = 0;
};

}  // namespace permille
