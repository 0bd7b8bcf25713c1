// SPDX-License-Identifier: Apache-2.0
#include "cli/import_wall.h"

#include <cstdio>
#include <filesystem>

#include "analyse/pooled.h"
#include "base/log.h"
#include "cli/command.h"
#include "exchange/wall_meter.h"
#include "report/table_text.h"
#include "store/store.h"

namespace permille {
namespace {

DataTable EmptyTable() {
  DataTable table{"wall", "Software against the wall", "", {}, {}};
  for (const char* key : {"run", "model", "window", "seconds", "wall_j", "software_j", "ratio",
                          "coverage", "correlation", "offset_s"})
    table.columns.push_back(PlainColumn(key));
  table.caption =
      "ratio: what software read of the machine over what the wall gave; power supply, disks and "
      "fans are in the wall's figure alone.";
  return table;
}

std::optional<double> Number(const std::optional<Joules>& energy) {
  if (!energy) return std::nullopt;
  return energy->value();
}

/// What one run's windows look like from the wall, as rows to print and facts to keep.
void Add(const RunRecord& run, const WallAlignment& laid, const std::string& source,
         DataTable& table, ImportedFacts& facts) {
  for (std::size_t i = 0; i < laid.windows.size(); ++i) {
    const WallWindow& window = laid.windows[i];
    table.rows.push_back({run.run_id, run.cell.model, std::string(Name(window.phase)),
                          window.duration.value(), Maybe(Number(window.wall)),
                          Maybe(Number(window.software)), Maybe(window.ratio), window.coverage,
                          laid.correlation, laid.offset.value()});
    if (!window.wall) continue;
    facts.wall.push_back({run.run_id, static_cast<std::int64_t>(i), window.wall->value(),
                          Number(window.software), window.coverage, laid.correlation,
                          laid.offset.value(), source});
  }
}

}  // namespace

Result<int> ImportWall(const std::string& path, const WallImport& options) {
  const std::string& store_path = options.store;
  const std::string& run_id = options.run;
  PERMILLE_ASSIGN(const WallLog log, ReadWallLog(path));
  for (const std::string& problem : log.problems) LogLine(LogLevel::kWarning, Sayable(problem));
  if (options.strict && !log.problems.empty())
    return Fail(ErrorCode::kInvalid, "{}: {} rows cannot be read; nothing imported (--strict)",
                path, log.problems.size());
  if (!std::filesystem::exists(store_path))
    return Fail(ErrorCode::kNotFound, "{}: no such store; --store names another", store_path);
  PERMILLE_ASSIGN(const auto store, Store::Open(store_path, OpenMode::kWrite));
  std::vector<RunRecord> runs;
  if (run_id.empty()) {
    PERMILLE_ASSIGN(runs, store->ReadAll());
  } else {
    PERMILLE_ASSIGN(auto one, store->Read(run_id));
    runs.push_back(std::move(one));
  }
  DataTable table = EmptyTable();
  ImportedFacts facts;
  std::vector<Error> refused;
  for (const RunRecord& run : runs) {
    const auto laid = AlignWall(log, run);
    if (!laid) {
      refused.push_back(laid.error());
      continue;
    }
    Add(run, *laid, std::filesystem::path(path).filename().string(), table, facts);
  }
  if (table.rows.empty()) {
    if (refused.empty()) return Fail(ErrorCode::kNotFound, "{}: holds no run", store_path);
    return Fail(refused.front());
  }
  if (options.strict && !refused.empty()) return Fail(refused.front());
  for (const Error& error : refused) LogLine(LogLevel::kWarning, Sayable(error.message));
  PERMILLE_TRY(store->AppendAll({}, facts));
  const std::string text = options.json ? TableRowsJson(table, 2) + "\n" : TableTerm(table, 160);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return refused.empty() && log.problems.empty() ? kExitOk : kExitSkipped;
}

}  // namespace permille
