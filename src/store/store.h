// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "record/imported_facts.h"
#include "record/run_record.h"

// The store: one SQLite file of finished runs (docs/formats/store.md). A run is appended in one
// transaction and is then durable; nothing is ever updated. Rows are observations; interpretation
// is analyse/'s.

namespace permille {

/// A run without its bulky parts.
struct RunSummary {
  std::string run_id;
  std::string started;
  Cell cell;
  int repeat = 0;
  int block = 0;
  std::int64_t queries = 0;
};

enum class OpenMode { kRead, kWrite };

/// An open store. Not thread-safe; several processes may read and append at once (WAL, busy timeout
/// 10 s).
class Store {
 public:
  /// kWrite creates the file and its schema when absent; either brings a store of an earlier
  /// schema to today's, in one transaction. kNotFound when reading what is not there;
  /// kInvalid when the file is no permille store or of a newer schema; kIo with the system's words
  /// otherwise.
  static Result<std::unique_ptr<Store>> Open(const std::string& path, OpenMode mode);
  virtual ~Store() = default;

  /// Append one finished run. All or nothing. A run_id that is already there is kInvalid.
  virtual Result<void> Append(const RunRecord& run) = 0;
  /// Append many runs and what came with them in one transaction: all or nothing.
  virtual Result<void> AppendAll(std::span<const RunRecord> runs, const ImportedFacts& facts) = 0;
  /// Every run, in order of appending.
  virtual Result<std::vector<RunSummary>> List() = 0;
  /// One run whole; kNotFound for an unknown id.
  virtual Result<RunRecord> Read(const std::string& run_id) = 0;
  /// Every run in order of appending, all but the predictions: what a report of costs reads.
  virtual Result<std::vector<RunRecord>> ReadAll() = 0;
  /// What imported logs brought besides runs.
  virtual Result<ImportedFacts> Facts() = 0;
};

}  // namespace permille
