// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "score/metric.h"

namespace permille {

/// The label in the form in which labels are compared: A to Z in lower case, '_' a space.
std::string FoldLabel(std::string_view label);

/// Model labels to what they are compared as: mapped, then folded.
class LabelNames {
 public:
  explicit LabelNames(const LabelMapping& map);
  std::string operator()(const std::string& label) const;

 private:
  const LabelMapping& exact_;
  LabelMapping folded_;
};

/// The error that no label the model gives is one that the dataset wants: a score of 0 would look
/// like a measurement. Both sets are named.
tl::unexpected<Error> LabelsDiffer(std::string_view metric, const std::set<std::string>& given,
                                   const std::set<std::string>& wanted);

}  // namespace permille
