// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "score/metric.h"

namespace permille {

/// The entities that spans mean. Spans labelled as single tokens are (B-PER, I-PER, as a pipeline
/// without aggregation gives them) are joined: an I- goes on with the entity before it where that
/// is of its kind and ends at most one character earlier. O is no entity; other spans are entities.
std::vector<TextSpan> JoinEntities(std::span<const TextSpan> spans);

/// The F1 of entities over all samples together, as seqeval states it by default (micro average):
/// an entity is found when kind, begin and end are those of a reference. With a bootstrap interval
/// over samples. Kinds go through `label_map`, then case does not matter. kInvalid when no
/// reference holds an entity or no kind is in common.
Result<Quality> EntityF1(std::span<const Judged> judged, const LabelMapping& label_map);

}  // namespace permille
