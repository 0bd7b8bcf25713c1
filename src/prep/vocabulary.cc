// SPDX-License-Identifier: Apache-2.0
#include "prep/vocabulary.h"

#include <algorithm>

namespace permille {
namespace {

// Eight times the largest vocabulary there is (XLM-V, 901,629). A lone id far beyond its like must
// not fill memory.
constexpr std::int64_t kFirstFarId = std::int64_t{1} << 23;

}  // namespace

std::int32_t Vocabulary::Find(Hash hash, std::string_view prefix, std::string_view rest) const {
  const std::size_t length = prefix.size() + rest.size();
  for (std::size_t at = SlotOf(hash); slots_[at].id != kAbsent; at = Next(at)) {
    const Slot& slot = slots_[at];
    if (slot.tag != TagOf(hash) || slot.length != length) continue;
    const char* token = bytes_.data() + slot.begin;
    if (std::equal(prefix.begin(), prefix.end(), token) &&
        std::equal(rest.begin(), rest.end(), token + prefix.size())) {
      return slot.id;
    }
  }
  return kAbsent;
}

std::optional<std::int64_t> Vocabulary::Find(std::string_view token) const {
  const std::int32_t id = Find(HashOf(token), {}, token);
  if (id == kAbsent) return std::nullopt;
  return id;
}

std::optional<std::string_view> Vocabulary::TokenOf(std::int64_t id) const {
  Place place;
  if (id >= 0 && id < static_cast<std::int64_t>(places_.size())) {
    place = places_[static_cast<std::size_t>(id)];
  } else if (const auto found = far_places_.find(id); found != far_places_.end()) {
    place = found->second;
  }
  if (!place.taken) return std::nullopt;
  return std::string_view(bytes_).substr(place.begin, place.length);
}

Vocabulary::Place& Vocabulary::PlaceOf(std::int64_t id) {
  if (id >= kFirstFarId) return far_places_[id];
  const auto index = static_cast<std::size_t>(id);
  if (index >= places_.size()) places_.resize(index + 1);
  return places_[index];
}

void Vocabulary::Add(std::string_view token, std::int64_t id) {
  const Hash hash = HashOf(token);
  id_limit_ = std::max(id_limit_, id + 1);
  std::size_t at = SlotOf(hash);
  for (; slots_[at].id != kAbsent; at = Next(at)) {
    if (TokenOf(slots_[at]) == token) {
      Place& old = PlaceOf(slots_[at].id);
      if (old.begin == slots_[at].begin) old.taken = false;
      slots_[at].id = static_cast<std::int32_t>(id);
      PlaceOf(id) = {slots_[at].begin, slots_[at].length, true};
      return;
    }
  }
  slots_[at] = {TagOf(hash), static_cast<std::int32_t>(id),
                static_cast<std::uint32_t>(bytes_.size()),
                static_cast<std::uint32_t>(token.size())};
  PlaceOf(id) = {slots_[at].begin, slots_[at].length, true};
  bytes_.append(token);
  longest_ = std::max(longest_, token.size());
  if (++size_ * 2 > slots_.size()) Grow();
}

void Vocabulary::Grow() {
  std::vector<Slot> old(slots_.size() * 2);
  slots_.swap(old);
  for (const Slot& slot : old) {
    if (slot.id == kAbsent) continue;
    std::size_t at = SlotOf(HashOf(TokenOf(slot)));
    while (slots_[at].id != kAbsent) at = Next(at);
    slots_[at] = slot;
  }
}

}  // namespace permille
