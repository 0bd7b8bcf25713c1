// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/study_layout.h"
#include "record/imported_facts.h"
#include "record/run_record.h"

// CodeCarbon's CSV files to records: the totals (emissions.csv, one row a run), the task files
// (emissions_base_<run>.csv, one row a task) and the tables of parameters, lengths and scores that
// may lie beside them. Columns are found by name, so every version from 1 to 3 is read.

namespace permille {

struct CodeCarbonOptions {
  /// Queries of every run; CodeCarbon does not log them. Absent: what the study's layout says for
  /// its own files, and 1,000 for others.
  std::optional<std::int64_t> queries;
  /// GPUs that worked, of those that were counted. Absent: what the study's layout says for its own
  /// files, and all of them for others.
  std::optional<int> gpus_used;
  std::set<std::string> known_runs;  ///< ids to leave out: they are in the store already
};

/// What was read and what is to be known about it.
struct CodeCarbonImport {
  std::vector<RunRecord> runs;  ///< by file and time; blocks recovered (codecarbon_blocks.h)
  ImportedFacts facts;
  std::vector<std::string> problems;  ///< `file:line: reason`: left out
  /// What looks measured and is not, or is not what it says: statement -> runs it is true of.
  std::map<std::string, std::size_t> findings;
  std::size_t files = 0;
  std::size_t known = 0;  ///< runs left out because the store has them
};

/// Read every .csv under `folder`, or the one file that it names. kNotFound when there is none;
/// what cannot be read is a problem and does not stop the rest.
Result<CodeCarbonImport> ReadCodeCarbon(const std::string& folder, const StudyLayout& layout,
                                        const CodeCarbonOptions& options);

}  // namespace permille
