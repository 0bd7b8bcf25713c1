// SPDX-License-Identifier: Apache-2.0
#include "prep/serde_number.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace permille {
namespace {

constexpr int kLargestPower = 308;

/// 1e0 to 1e308, each the nearest number.
const std::array<double, kLargestPower + 1>& Powers() {
  static const auto powers = [] {
    std::array<double, kLargestPower + 1> out{};
    for (int i = 0; i <= kLargestPower; ++i) {
      out[static_cast<std::size_t>(i)] = std::strtod(fmt::format("1e{}", i).c_str(), nullptr);
    }
    return out;
  }();
  return powers;
}

}  // namespace

double AsSerdeReads(double value) {
  if (!std::isfinite(value) || value == 0) return value;
  const std::string shortest = fmt::format("{}", std::abs(value));
  std::uint64_t digits = 0;
  int exponent = 0;
  bool fraction = false;
  std::size_t at = 0;
  for (; at < shortest.size() && shortest[at] != 'e'; ++at) {
    if (shortest[at] == '.') {
      fraction = true;
      continue;
    }
    digits = digits * 10 + static_cast<std::uint64_t>(shortest[at] - '0');
    if (fraction) --exponent;
  }
  if (at < shortest.size()) exponent += std::atoi(shortest.c_str() + at + 1);
  auto out = static_cast<double>(digits);
  for (; exponent < -kLargestPower; exponent += kLargestPower) out /= Powers()[kLargestPower];
  const double power = Powers()[static_cast<std::size_t>(std::abs(exponent))];
  out = exponent < 0 ? out / power : out * power;
  return value < 0 ? -out : out;
}

}  // namespace permille
