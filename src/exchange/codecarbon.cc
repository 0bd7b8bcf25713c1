// SPDX-License-Identifier: Apache-2.0
#include "exchange/codecarbon.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "base/csv.h"
#include "exchange/codecarbon_blocks.h"
#include "exchange/codecarbon_facts.h"
#include "exchange/codecarbon_rows.h"
#include "exchange/codecarbon_run.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> CsvFiles(const std::string& folder) {
  std::error_code failed;
  if (fs::is_regular_file(folder, failed)) return std::vector<std::string>{folder};
  std::vector<std::string> files;
  auto entry = fs::recursive_directory_iterator(folder, failed);
  for (; !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
    if (entry->path().extension() == ".csv" && entry->is_regular_file(failed))
      files.push_back(entry->path().string());
  }
  if (failed) {
    return Fail(ErrorCode::kNotFound, "{}: cannot be read ({}); give a folder of CodeCarbon's CSVs",
                folder, failed.message());
  }
  if (files.empty()) {
    return Fail(ErrorCode::kNotFound, "{}: holds no .csv file; give a folder of CodeCarbon's CSVs",
                folder);
  }
  std::ranges::sort(files);
  return files;
}

class Importer {
 public:
  Importer(const StudyLayout& layout, const CodeCarbonOptions& options)
      : layout_(layout), options_(options) {}

  void ReadTable(const std::string& path);
  CodeCarbonImport Finish();

 private:
  void Problem(std::string what) { out_.problems.push_back(std::move(what)); }
  void Sort(std::vector<CodeCarbonRow> rows, bool tasks);
  std::map<std::string, CodeCarbonRun> Join();
  std::string UsualPlace() const;
  std::size_t Order(const TimedRun& run) const;

  const StudyLayout& layout_;
  const CodeCarbonOptions& options_;
  CodeCarbonImport out_;
  std::vector<CodeCarbonRow> totals_;
  std::vector<CodeCarbonRow> tasks_;
};

void Importer::ReadTable(const std::string& path) {
  ++out_.files;
  CsvOptions csv;
  csv.left_out = &out_.problems;
  const auto table = CsvTable::Read(path, csv);
  if (!table) return Problem(table.error().message);
  const std::string file = fs::path(path).stem().string();
  switch (TableKind(*table)) {
    case LogTable::kTasks:
      return Sort(ReadCodeCarbonRows(*table, file, out_.problems), true);
    case LogTable::kTotals:
      return Sort(ReadCodeCarbonRows(*table, file, out_.problems), false);
    case LogTable::kParameters:
      return ReadParameters(*table, layout_, out_.facts, out_.problems);
    case LogTable::kLengths:
      return ReadLengths(*table, layout_, out_.facts, out_.problems);
    case LogTable::kScores:
      return ReadScores(*table, layout_, out_.facts, out_.problems);
    case LogTable::kUnknown:
      if (table->columns().size() == 1 &&
          table->columns()[0].find_first_of(";\t") != std::string::npos)
        return Problem(fmt::format(
            "{}: its cells are separated by semicolons or tabs; write it with commas", path));
      return Problem(fmt::format("{}: no table of CodeCarbon (columns: {})", path,
                                 fmt::join(table->columns(), ", ")));
  }
}

void Importer::Sort(std::vector<CodeCarbonRow> rows, bool tasks) {
  auto& all = tasks ? tasks_ : totals_;
  std::ranges::move(rows, std::back_inserter(all));
}

std::map<std::string, CodeCarbonRun> Importer::Join() {
  std::map<std::string, CodeCarbonRun> runs;
  const auto twice = [this](const CodeCarbonRow& row, const CodeCarbonRow& first) {
    Problem(fmt::format("{}:{}: run {} is a second time here (first in {}:{})", row.origin,
                        row.line, row.run_id, first.origin, first.line));
  };
  for (const CodeCarbonRow& row : totals_) {
    CodeCarbonRun& run = runs[row.run_id];
    run.total == nullptr ? static_cast<void>(run.total = &row) : twice(row, *run.total);
  }
  for (const CodeCarbonRow& row : tasks_) {
    CodeCarbonRun& run = runs[row.run_id];
    const auto same = std::ranges::find(run.tasks, row.task_name,
                                        [](const CodeCarbonRow* task) { return task->task_name; });
    same == run.tasks.end() ? run.tasks.push_back(&row) : twice(row, **same);
  }
  return runs;
}

std::string Importer::UsualPlace() const {
  std::map<std::string, std::size_t> places;
  for (const auto* rows : {&totals_, &tasks_}) {
    for (const CodeCarbonRow& row : *rows) ++places[PlaceOf(row)];
  }
  const auto most = std::ranges::max_element(places, {}, [](const auto& p) { return p.second; });
  return most == places.end() ? "" : most->first;
}

/// Files of a study in its own order, then others by name, then runs in no file of totals.
std::size_t Importer::Order(const TimedRun& run) const {
  if (run.file.empty()) return layout_.logs.size() + 1;
  const StudyLog* log = layout_.FindLog(run.file);
  return log == nullptr ? layout_.logs.size() : static_cast<std::size_t>(log - &layout_.logs[0]);
}

CodeCarbonImport Importer::Finish() {
  const std::string place = UsualPlace();
  std::vector<RunRecord> made;
  std::vector<TimedRun> timed;
  const auto joined = Join();
  made.reserve(joined.size());
  for (const auto& [id, rows] : joined) {
    if (options_.known_runs.contains(id)) {
      ++out_.known;
      continue;
    }
    const CodeCarbonRow& front = rows.Front();
    const bool only_load = !rows.tasks.empty() && std::ranges::all_of(rows.tasks, [](auto* task) {
      return IsLoadTask(task->task_name);
    });
    if (only_load) {
      Problem(fmt::format("{}:{}: run {} has rows of loading and none of queries", front.origin,
                          front.line, id));
      continue;
    }
    made.push_back(MakeRun(rows, layout_, options_, place, out_.findings));
    timed.push_back(
        {&made.back(), rows.total == nullptr ? "" : rows.total->file, rows.Front().time});
  }
  RecoverBlocks(timed);
  std::ranges::sort(timed, [this](const TimedRun& a, const TimedRun& b) {
    const auto key = [this](const TimedRun& run) {
      return std::tuple(Order(run), std::string_view(run.file), run.time,
                        std::string_view(run.run->run_id));
    };
    return key(a) < key(b);
  });
  out_.runs.reserve(timed.size());
  for (const TimedRun& run : timed) out_.runs.push_back(std::move(*run.run));
  return std::move(out_);
}

}  // namespace

Result<CodeCarbonImport> ReadCodeCarbon(const std::string& folder, const StudyLayout& layout,
                                        const CodeCarbonOptions& options) {
  PERMILLE_ASSIGN(const auto files, CsvFiles(folder));
  Importer importer(layout, options);
  for (const std::string& file : files) importer.ReadTable(file);
  return importer.Finish();
}

}  // namespace permille
