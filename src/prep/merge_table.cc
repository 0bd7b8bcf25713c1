// SPDX-License-Identifier: Apache-2.0
#include "prep/merge_table.h"

namespace permille {

void MergeTable::Add(std::int32_t left, std::int32_t right, Merge merge) {
  const std::uint64_t key = KeyOf(left, right);
  std::size_t at = SlotOf(key);
  while (slots_[at].merge.rank != kNoRank && slots_[at].key != key) {
    at = (at + 1) & (slots_.size() - 1);
  }
  const bool is_new = slots_[at].merge.rank == kNoRank;
  slots_[at] = {key, merge};
  if (is_new && ++size_ * 2 > slots_.size()) Grow();
}

void MergeTable::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  slots_.swap(old);
  --shift_;
  for (const Slot& slot : old) {
    if (slot.merge.rank == kNoRank) continue;
    std::size_t at = SlotOf(slot.key);
    while (slots_[at].merge.rank != kNoRank) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

}  // namespace permille
