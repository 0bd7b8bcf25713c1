// SPDX-License-Identifier: Apache-2.0
#include "carbon/place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>
#include <vector>

#include "base/spelling.h"

namespace permille {
namespace {

constexpr std::size_t kMostPlaces = 3;

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// How far `word` is from a place; absent when it is not near.
std::optional<std::size_t> Distance(const std::string& word, const GridIntensity& grid) {
  const std::string place = Lower(grid.place);
  const std::string name = Lower(grid.name);
  if (name == word || name.starts_with(word + ",")) return 0;
  if (place.ends_with(":" + word) || place.ends_with("-" + word)) return 0;
  // "USA-Oregon": a name behind the key of its country.
  const std::string tail = word.substr(word.find_last_of("-:") + 1);
  if (tail.size() > 3 && tail != word && name.starts_with(tail + ",")) return 1;
  const std::size_t allowed = std::max<std::size_t>(1, 2 * word.size() / 5);
  const std::size_t distance = std::min(EditDistance(word, place), EditDistance(word, name) + 1);
  if (distance > allowed) return std::nullopt;
  return distance;
}

}  // namespace

bool SamePlace(std::string_view a, std::string_view b) {
  return Lower(a) == Lower(b);
}

std::string PlacesMeant(std::span<const GridIntensity> table, std::string_view word) {
  const std::string wanted = Lower(word);
  std::vector<std::pair<std::size_t, const GridIntensity*>> near;
  for (const GridIntensity& grid : table) {
    if (const auto distance = Distance(wanted, grid)) near.emplace_back(*distance, &grid);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out;
  for (std::size_t i = 0; i < std::min(near.size(), kMostPlaces); ++i) {
    out +=
        fmt::format("{}'{}' ({})", i == 0 ? "" : ", ", near[i].second->place, near[i].second->name);
  }
  return out;
}

}  // namespace permille
