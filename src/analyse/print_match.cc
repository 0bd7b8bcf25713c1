// SPDX-License-Identifier: Apache-2.0
#include "analyse/print_match.h"

#include <cmath>
#include <string>

#include "base/csv.h"

namespace permille {
namespace {

// Ties that a double cannot hold (0.995 is a little less) are ties all the same.
constexpr double kTie = 1e-9;

std::string WithoutSeparators(std::string_view printed) {
  std::string out;
  for (const char c : printed) {
    if (c != ',') out.push_back(c);
  }
  return out;
}

}  // namespace

std::string_view Name(PrintMatch match) {
  switch (match) {
    case PrintMatch::kExact:
      return "exact";
    case PrintMatch::kRounded:
      return "rounded";
    case PrintMatch::kTruncated:
      return "truncated";
    case PrintMatch::kMismatch:
      break;
  }
  return "mismatch";
}

std::optional<double> PrintedNumber(std::string_view printed) {
  return ParseNumber(WithoutSeparators(printed));
}

std::optional<PrintMatch> MatchPrinted(std::string_view printed, double value) {
  const std::string text = WithoutSeparators(printed);
  const auto number = ParseNumber(text);
  if (!number || !std::isfinite(value)) return std::nullopt;
  const auto exponent_at = text.find_first_of("eE");
  const std::string mantissa = text.substr(0, exponent_at);
  const auto point = mantissa.find('.');
  int decimals = point == std::string::npos ? 0 : static_cast<int>(mantissa.size() - point - 1);
  if (exponent_at != std::string::npos)
    decimals -= static_cast<int>(*ParseNumber(text.substr(exponent_at + 1)));
  const double scale = std::pow(10, decimals);
  const double target = std::round(*number * scale);
  const double scaled = value * scale;
  const bool rounded = std::floor(scaled + 0.5 + kTie) == target;
  const bool truncated = std::trunc(scaled + std::copysign(kTie, scaled)) == target;
  if (rounded && truncated) return PrintMatch::kExact;
  if (rounded) return PrintMatch::kRounded;
  return truncated ? PrintMatch::kTruncated : PrintMatch::kMismatch;
}

double WithDecimals(double value, int decimals) {
  const double scale = std::pow(10, decimals);
  return std::floor(value * scale + 0.5 + kTie) / scale;
}

}  // namespace permille
