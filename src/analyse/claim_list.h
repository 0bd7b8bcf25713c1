// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "analyse/claim_view.h"

namespace permille {

/// What makes a claim true.
enum class ClaimRule {
  kPrints,    ///< the estimate is the printed number, at its precision
  kMoreThan,  ///< the estimate lies above `bound`
  kLessThan,  ///< below it
};

/// One statement of the study. `estimate` is computed at full precision under any attribution;
/// `reproduce`, where it differs, by the rule that gives the printed number (often from printed
/// numbers): paper/README.md, published.json.
struct Claim {
  std::string_view id;
  std::string_view where;
  std::string_view quantity;   ///< as published.json names it; empty for what has no number
  std::string_view statement;  ///< in words
  std::string_view published;  ///< empty: the claim has no number
  std::string_view unit;
  ClaimRule rule;
  double bound;
  bool absolute;  ///< a figure of the study's hardware: says nothing about another's
  std::optional<double> (*estimate)(const ClaimView&);
  std::optional<double> (*reproduce)(const ClaimView&);  ///< null: as estimate
  std::string_view note;
};

/// Every number of the study's prose, its takeaways, and what it says of structure and length.
std::span<const Claim> ClaimList();

}  // namespace permille
