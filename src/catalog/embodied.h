// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace permille {

/// The emissions of making one device, from catalog/embodied.csv.
struct EmbodiedEntry {
  std::string device;
  GramsCo2e embodied;
  std::optional<Seconds> lifetime;  ///< years of 365 days; absent: the source states none
  std::optional<double>
      utilisation;  ///< fraction of its life at work; absent: the source states none
  std::string source;
};

Result<std::vector<EmbodiedEntry>> LoadEmbodied();

/// The entry for a device as its driver calls it: the longest name in the table with which
/// `name` begins, whatever the case, up to a word's end ("NVIDIA A100-SXM4-80GB" is an "NVIDIA
/// A100", an "NVIDIA A1000" is not). Absent when there is none.
std::optional<EmbodiedEntry> FindEmbodied(const std::vector<EmbodiedEntry>& table,
                                          std::string_view name);

}  // namespace permille
