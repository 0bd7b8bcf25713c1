// SPDX-License-Identifier: Apache-2.0
#include "prep/token_trie.h"

#include <algorithm>

namespace permille {

/// Tokens [begin, end) share their first `depth` bytes, which lead to `node`.
struct TokenTrie::Range {
  std::size_t node;
  std::size_t begin;
  std::size_t end;
  std::size_t depth;
};

TokenTrie::TokenTrie(const std::vector<std::pair<std::string_view, std::int32_t>>& tokens) {
  units_[0].parent = 0;
  std::vector<Range> open;
  if (!tokens.empty()) open.push_back({0, 0, tokens.size(), 0});
  std::vector<unsigned> labels;
  std::vector<Range> children;
  while (!open.empty()) {
    const Range range = open.back();
    open.pop_back();
    labels.clear();
    children.clear();
    std::size_t at = range.begin;
    if (tokens[at].first.size() == range.depth) {  // sorted: a token comes before its extensions
      if (range.depth > 0) units_[range.node].id = tokens[at].second;
      ++at;
    }
    for (; at < range.end; ++at) {
      const unsigned label = static_cast<unsigned char>(tokens[at].first[range.depth]) + 1u;
      if (labels.empty() || labels.back() != label) {
        labels.push_back(label);
        children.push_back({0, at, at, range.depth + 1});
      }
      children.back().end = at + 1;
    }
    if (labels.empty()) continue;
    const std::size_t base = PlaceFor(labels);
    units_[range.node].base = static_cast<std::int32_t>(base);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      children[i].node = base + labels[i];
      units_[children[i].node].parent = static_cast<std::int32_t>(range.node);
      open.push_back(children[i]);
    }
  }
}

/// The base under which all labels fall on free units; makes room where needed.
std::size_t TokenTrie::PlaceFor(const std::vector<unsigned>& labels) {
  const auto is_free = [&](std::size_t unit) {
    return unit >= units_.size() || units_[unit].parent < 0;
  };
  std::size_t seen = 0;
  std::size_t taken = 0;
  const std::size_t start = std::max<std::size_t>(first_free_, labels.front());
  for (std::size_t unit = start;; ++unit) {
    ++seen;
    if (!is_free(unit)) {
      ++taken;
      continue;
    }
    const std::size_t base = unit - labels.front();
    if (!std::all_of(labels.begin(), labels.end(),
                     [&](unsigned label) { return is_free(base + label); })) {
      continue;
    }
    // A stretch that is 95 % full is not searched again: time for a little room.
    if (taken * 20 >= seen * 19) first_free_ = unit;
    const std::size_t needed = base + labels.back() + 1;
    if (needed > units_.size()) units_.resize(std::max(needed, units_.size() * 2));
    return base;
  }
}

}  // namespace permille
