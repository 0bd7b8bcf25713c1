// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "record/imported_facts.h"
#include "record/run_record.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace permille {

/// Insert a run's rows, inside the caller's transaction. The run has been checked (CheckRun).
Result<void> WriteRun(sqlite::Database& database, const RunRecord& run);
/// What the schema would refuse in words of its own: channels of one name, a window of a channel
/// that is not among the run's. kInvalid.
Result<void> CheckRun(const RunRecord& run);

/// Insert or replace the facts, inside the caller's transaction.
Result<void> WriteFacts(sqlite::Database& database, const ImportedFacts& facts);

/// Read one run whole; kNotFound for an unknown id, kInvalid for rows that are not as the format
/// says.
Result<RunRecord> ReadRun(sqlite::Database& database, const std::string& run_id,
                          const std::string& path);
/// Every run in order of appending, without predictions.
Result<std::vector<RunRecord>> ReadRuns(sqlite::Database& database, const std::string& path);
Result<std::vector<RunSummary>> ReadSummaries(sqlite::Database& database, const std::string& path);
Result<ImportedFacts> ReadFacts(sqlite::Database& database);

}  // namespace permille
