// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace permille {

/// All tokens that begin a text, in one walk over its bytes: a double-array trie (Aoe 1989), one
/// look-up of twelve bytes a step.
class TokenTrie {
 public:
  static constexpr std::int32_t kNoToken = -1;

  TokenTrie() = default;
  /// `tokens` are sorted by bytes, each given once; empty ones are left out. Ids are not negative.
  explicit TokenTrie(const std::vector<std::pair<std::string_view, std::int32_t>>& tokens);

  /// Call visit(length, id) for every token that text[at..] begins with, shortest first.
  template <class Visit>
  void ForEachPrefix(std::string_view text, std::size_t at, Visit visit) const {
    std::size_t node = 0;
    for (std::size_t i = at; i < text.size(); ++i) {
      const std::size_t next =
          static_cast<std::size_t>(units_[node].base) + static_cast<unsigned char>(text[i]) + 1;
      if (next >= units_.size() || units_[next].parent != static_cast<std::int32_t>(node)) return;
      node = next;
      if (units_[node].id != kNoToken) visit(i + 1 - at, units_[node].id);
    }
  }

 private:
  struct Unit {
    std::int32_t base = 0;
    std::int32_t parent = -1;  ///< -1: free
    std::int32_t id = kNoToken;
  };
  struct Range;
  std::size_t PlaceFor(const std::vector<unsigned>& labels);

  std::vector<Unit> units_ = std::vector<Unit>(1);
  std::size_t first_free_ = 1;  ///< while building: hardly a unit before it is free
};

}  // namespace permille
