// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "score/metric.h"

// Extracted answers, judged by the rules of SQuAD 2.0's evaluation script
// (https://rajpurkar.github.io/SQuAD-explorer/): lower case, no punctuation, no articles, single
// spaces; the best of several references counts; a reference without values says that there is no
// answer, and then only an empty one is right. A prediction that was not finite is an empty answer
// that is wrong.

namespace permille {

/// An answer in the form in which answers are compared.
std::string NormalAnswer(std::string_view answer);

/// The share of answers that are a reference, with Wilson's interval.
Result<Quality> ExactMatch(std::span<const Judged> judged, const LabelMapping& label_map);
/// The mean F1 of the words of answer and reference, with a t interval over samples.
Result<Quality> AnswerF1(std::span<const Judged> judged, const LabelMapping& label_map);

}  // namespace permille
