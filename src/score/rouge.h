// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "score/metric.h"

// ROUGE (Lin 2004) as Google's rouge_score computes it and Hugging Face's evaluate reports it: the
// F-measure of a text against its reference, of several references the best, averaged over samples,
// with a t interval over them. Words are runs of a to z and 0 to 9 in lower case. (evaluate prints
// the median of bootstrapped means, which this mean is the expectation of.) A prediction that was
// not finite scores 0.

namespace permille {

enum class RougeKind {
  kOne,   ///< words
  kTwo,   ///< pairs of words
  kL,     ///< longest common subsequence
  kLsum,  ///< the same by sentence, one a line: union of subsequences
};

/// The words that ROUGE counts; with `stem`, words of more than three letters cut by Porter's
/// rules.
std::vector<std::string> RougeWords(std::string_view text, bool stem);
/// The F-measure of one text against one reference.
double RougeF(RougeKind kind, std::string_view reference, std::string_view text, bool stem = false);

Result<Quality> Rouge1(std::span<const Judged> judged, const LabelMapping& label_map);
Result<Quality> Rouge2(std::span<const Judged> judged, const LabelMapping& label_map);
Result<Quality> RougeL(std::span<const Judged> judged, const LabelMapping& label_map);
Result<Quality> RougeLsum(std::span<const Judged> judged, const LabelMapping& label_map);

}  // namespace permille
