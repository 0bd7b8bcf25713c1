// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace permille {

/// Tokens to ids: an open-addressing table whose hash can be continued byte by byte, so that all
/// prefixes of a word are hashed in one pass and "##" + rest is looked up without joining them.
class Vocabulary {
 public:
  using Hash = std::uint64_t;
  static constexpr std::int32_t kAbsent = -1;
  static constexpr std::int64_t kLargestId = 0x7FFF'FFFF;

  /// Add a token, or change its id. `id` must lie in 0..kLargestId; all tokens together must be
  /// below 4 GiB.
  void Add(std::string_view token, std::int64_t id);
  std::size_t size() const { return size_; }
  /// One more than the largest id; 0 when empty.
  std::int64_t id_limit() const { return id_limit_; }
  std::size_t longest() const { return longest_; }

  std::optional<std::int64_t> Find(std::string_view token) const;
  /// The token of an id, or absent. Valid until the next Add.
  std::optional<std::string_view> TokenOf(std::int64_t id) const;

  static Hash HashOf(std::string_view bytes, Hash start = kStart) {
    for (const char c : bytes) start = Extend(start, c);
    return start;
  }
  static Hash Extend(Hash hash, char byte) {
    return (hash ^ static_cast<unsigned char>(byte)) * 0x9E37'79B9'7F4A'7C15u;
  }
  /// The id of `prefix` + `rest` given the hash of both, or kAbsent.
  std::int32_t Find(Hash hash, std::string_view prefix, std::string_view rest) const;

 private:
  static constexpr Hash kStart = 0x2545'F491'4F6C'DD1Du;
  /// A token whole, so that a look-up touches one line of the table and one of the bytes.
  struct Slot {
    std::uint32_t tag = 0;
    std::int32_t id = kAbsent;  ///< kAbsent: free
    std::uint32_t begin = 0;    ///< in bytes_
    std::uint32_t length = 0;
  };
  /// A token's bytes in bytes_.
  struct Place {
    std::uint32_t begin = 0;
    std::uint32_t length = 0;
    bool taken = false;
  };
  std::string_view TokenOf(const Slot& slot) const {
    return std::string_view(bytes_).substr(slot.begin, slot.length);
  }
  Place& PlaceOf(std::int64_t id);
  // Slot and tag come from disjoint bits, so that neighbours in the table rarely share a tag.
  std::size_t SlotOf(Hash hash) const { return (hash >> 36) & (slots_.size() - 1); }
  static std::uint32_t TagOf(Hash hash) { return static_cast<std::uint32_t>(hash); }
  std::size_t Next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  void Grow();

  std::vector<Slot> slots_ = std::vector<Slot>(16);
  std::size_t size_ = 0;
  std::string bytes_;
  std::vector<Place> places_;  ///< by id, for the ids a sane file has
  std::unordered_map<std::int64_t, Place> far_places_;
  std::int64_t id_limit_ = 0;
  std::size_t longest_ = 0;
};

}  // namespace permille
