// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "record/run_record.h"
#include "store/store.h"

namespace permille {

/// The runs of a store, or those named: with the predictions of each cell's first run, which is
/// what quality is judged by, and of no other unless named.
Result<std::vector<RunRecord>> ReadStore(Store& store, const std::vector<std::string>& run_ids);

}  // namespace permille
