// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace permille {

/// The words of an enumeration, in the order of its values.
template <class E, std::size_t N>
using NameTable = std::array<std::pair<E, std::string_view>, N>;

/// The word of a value; "unknown" for one outside the table.
template <class E, std::size_t N>
constexpr std::string_view NameIn(const NameTable<E, N>& table, E value) {
  for (const auto& [entry, name] : table) {
    if (entry == value) return name;
  }
  return "unknown";
}

template <class E, std::size_t N>
constexpr std::optional<E> FindIn(const NameTable<E, N>& table, std::string_view name) {
  for (const auto& [entry, word] : table) {
    if (word == name) return entry;
  }
  return std::nullopt;
}

}  // namespace permille
