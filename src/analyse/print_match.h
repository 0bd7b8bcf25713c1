// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace permille {

/// How a number agrees with one that was printed.
enum class PrintMatch {
  kExact,      ///< prints so whether rounded or truncated
  kRounded,    ///< only when rounded (half up)
  kTruncated,  ///< only when truncated
  kMismatch,
};
std::string_view Name(PrintMatch match);

/// Compare `value` with a number as printed ("0.0068", "51,686", "1.0e-4"), at the printed number
/// of decimals. Absent when `printed` is no number.
std::optional<PrintMatch> MatchPrinted(std::string_view printed, double value);

/// The number that a printed text states; absent when it states none.
std::optional<double> PrintedNumber(std::string_view printed);

/// `value` as it prints with so many decimals: 0.00229 with 3 -> 0.002.
double WithDecimals(double value, int decimals);

}  // namespace permille
