// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "record/run_record.h"

namespace permille {

/// What the model said of the first `most` samples of a run, for a reader: a line a sample with its
/// id and, where there is one, the reference; one line more for every further label, span or box.
std::string PredictionsText(const RunRecord& run, std::size_t most);

}  // namespace permille
