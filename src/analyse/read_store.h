// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "record/imported_facts.h"
#include "record/run_record.h"

namespace permille {

/// What a report reads of a store.
struct StoreContents {
  std::vector<RunRecord> runs;
  ImportedFacts facts;
};

/// The runs of a store, or those named: with the predictions of each cell's first run, which is
/// what quality is judged by, and of no other unless named. kNotFound when there is none.
Result<StoreContents> ReadContents(const std::string& path,
                                   const std::vector<std::string>& run_ids);

}  // namespace permille
