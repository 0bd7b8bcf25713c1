// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "score/metric.h"

namespace permille {

/// The words of a text by the rules of mteval-v13a, sacreBLEU's default.
std::vector<std::string> BleuWords(std::string_view text);

/// BLEU of all samples together as sacreBLEU states it by default (Post 2018): runs of one to four
/// words, exponential smoothing, the closest reference length; here from 0 to 1. With a bootstrap
/// interval over samples. A prediction that was not finite counts as an empty text.
Result<Quality> Bleu(std::span<const Judged> judged, const LabelMapping& label_map);

}  // namespace permille
