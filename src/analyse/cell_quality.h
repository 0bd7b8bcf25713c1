// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analyse/analyse.h"

namespace permille {

/// Judge the predictions of a run by the metrics of its task and fill quality, also_quality,
/// quality_label_map and quality_note. Random
/// weights have no quality. Where the model's labels are not the references', the catalog's label
/// maps are tried in order, or `label_map` alone where one is named.
void FillQuality(CellResult& cell, const RunRecord& run, const std::string& label_map);

}  // namespace permille
