// SPDX-License-Identifier: Apache-2.0
#include "prep/vocabulary.h"

#include <algorithm>
#include <cstring>

namespace permille {

std::int32_t Vocabulary::Find(Hash hash, std::string_view prefix, std::string_view rest) const {
  const std::size_t length = prefix.size() + rest.size();
  for (std::size_t slot = SlotOf(hash); slots_[slot].entry != 0;
       slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot].tag != TagOf(hash)) continue;
    const Entry& entry = entries_[slots_[slot].entry - 1];
    const char* token = bytes_.data() + entry.begin;
    if (entry.length == length && std::equal(prefix.begin(), prefix.end(), token) &&
        std::equal(rest.begin(), rest.end(), token + prefix.size())) {
      return entry.id;
    }
  }
  return kAbsent;
}

std::optional<std::int64_t> Vocabulary::Find(std::string_view token) const {
  const std::int32_t id = Find(HashOf(token), {}, token);
  if (id == kAbsent) return std::nullopt;
  return id;
}

void Vocabulary::Add(std::string_view token, std::int64_t id) {
  const Hash hash = HashOf(token);
  id_limit_ = std::max(id_limit_, id + 1);
  std::size_t slot = SlotOf(hash);
  for (; slots_[slot].entry != 0; slot = (slot + 1) & (slots_.size() - 1)) {
    Entry& entry = entries_[slots_[slot].entry - 1];
    if (std::string_view(bytes_).substr(entry.begin, entry.length) == token) {
      entry.id = static_cast<std::int32_t>(id);
      return;
    }
  }
  entries_.push_back(
      {bytes_.size(), static_cast<std::uint32_t>(token.size()), static_cast<std::int32_t>(id)});
  bytes_.append(token);
  longest_ = std::max(longest_, token.size());
  slots_[slot] = {TagOf(hash), static_cast<std::uint32_t>(entries_.size())};
  if (entries_.size() * 2 > slots_.size()) Grow();
}

void Vocabulary::Grow() {
  std::vector<Slot> grown(slots_.size() * 2);
  slots_.swap(grown);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    const Hash hash = HashOf(std::string_view(bytes_).substr(entry.begin, entry.length));
    std::size_t slot = SlotOf(hash);
    while (slots_[slot].entry != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = {TagOf(hash), static_cast<std::uint32_t>(i + 1)};
  }
}

}  // namespace permille
