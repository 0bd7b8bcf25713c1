// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace permille {

/// BPE's merges: a pair of neighbouring ids to its rank (lower goes first) and the id of the whole.
class MergeTable {
 public:
  static constexpr std::uint32_t kNoRank = 0xFFFF'FFFF;
  struct Merge {
    std::uint32_t rank = kNoRank;
    std::int32_t id = 0;
  };

  /// Add a merge; one given twice keeps the later rank, as PyPI tokenizers does.
  void Add(std::int32_t left, std::int32_t right, Merge merge);
  /// Call visit(left, right) for every pair.
  template <class Visit>
  void ForEachPair(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.merge.rank == kNoRank) continue;
      visit(static_cast<std::int32_t>(slot.key >> 32), static_cast<std::int32_t>(slot.key));
    }
  }
  /// The merge of a pair; its rank is kNoRank where there is none.
  Merge Find(std::int32_t left, std::int32_t right) const {
    const std::uint64_t key = KeyOf(left, right);
    for (std::size_t at = SlotOf(key);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.key == key || slot.merge.rank == kNoRank) return slot.merge;
    }
  }

 private:
  struct Slot {
    std::uint64_t key = ~std::uint64_t{0};  ///< no pair has it: ids are not negative
    Merge merge;
  };
  static std::uint64_t KeyOf(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
           static_cast<std::uint32_t>(right);
  }
  std::size_t SlotOf(std::uint64_t key) const { return (key * 0x9E37'79B9'7F4A'7C15u) >> shift_; }
  void Grow();

  std::vector<Slot> slots_ = std::vector<Slot>(16);
  unsigned shift_ = 60;
  std::size_t size_ = 0;
};

}  // namespace permille
