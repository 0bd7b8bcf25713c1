// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "analyse/cell_energy.h"
#include "analyse/imported_energy.h"
#include "analyse/study.h"
#include "base/file.h"
#include "carbon/carbon.h"
#include "catalog/catalog.h"
#include "cli/analyse_flags.h"
#include "cli/command.h"
#include "exchange/emissions_csv.h"
#include "record/record_json.h"
#include "report/report.h"
#include "report/table_text.h"
#include "store/store.h"

namespace permille {
namespace {

/// Joules of a run's query window by component, load and bytes turned into watts.
ComponentJoules Interpreted(const RunRecord& run, const std::vector<CpuPowerEntry>& processors) {
  ComponentJoules out;
  const ReadableRun readable = MakeReadable(run, processors);
  for (const Window& window : run.windows) {
    if (window.phase != Phase::kQuery) continue;
    for (const ChannelEnergy& energy :
         EnergiesIn(readable, window, Accounting::kNative, Attribution::kMachine)) {
      std::optional<Joules>* part = energy.channel->component == Component::kCpu   ? &out.cpu
                                    : energy.channel->component == Component::kGpu ? &out.gpu
                                    : energy.channel->component == Component::kRam ? &out.ram
                                                                                   : nullptr;
      if (part != nullptr) *part = part->value_or(Joules(0)) + energy.energy;
      out.total = out.total.value_or(Joules(0)) + energy.energy;
    }
  }
  return out;
}

std::vector<Window> QueryWindows(const RunRecord& run) {
  std::vector<Window> windows;
  for (const Window& window : run.windows) {
    if (window.phase == Phase::kQuery) windows.push_back(window);
  }
  return windows;
}

class ExportCommand : public Command {
 public:
  void Declare(FlagSet& flags) override {
    flags.Positional("STORE", "the store to read (default permille.db)", store_, false);
    flags.Text("--to",
               "emissions.csv (CodeCarbon's columns), csv (one row a cell) or jsonl (one run a "
               "line, whole): a file of that ending; csv and jsonl alone go to stdout",
               to_);
    flags.Integer("--columns", "of emissions.csv: 38 as CodeCarbon 3 (default) or 31 as 2.3.1",
                  columns_);
    flags.Text("--grid",
               "where the electricity comes from (default: world; imported logs: their own)",
               grid_);
    flags.Text("--pue", "power usage effectiveness of the building", pue_);
  }

  int Run() override {
    const auto done = Export();
    return done ? kExitOk : Complain(done.error());
  }

 private:
  Result<void> Export();
  Result<std::string> Emissions() const;
  Result<std::string> Cells() const;
  Result<std::string> Lines() const;
  Result<AnalyseOptions> Options() const;

  std::string store_ = "permille.db";
  std::string to_ = "emissions.csv";
  std::optional<std::int64_t> columns_;
  std::string grid_;
  std::string pue_;
};

Result<AnalyseOptions> ExportCommand::Options() const {
  AnalyseOptions options;
  if (!grid_.empty()) {
    PERMILLE_ASSIGN(const auto table, LoadGrids());
    PERMILLE_ASSIGN(options.grid, FindGrid(table, grid_));
  }
  if (!pue_.empty()) {
    PERMILLE_ASSIGN(options.pue, ParsePue(pue_));
  }
  return options;
}

Result<std::string> ExportCommand::Emissions() const {
  if (columns_ && *columns_ != 31 && *columns_ != 38) {
    return Fail(ErrorCode::kInvalid, "--columns: CodeCarbon has 31 (2.3.1) or 38 (3), not {}",
                *columns_);
  }
  PERMILLE_ASSIGN(const AnalyseOptions chosen, Options());
  PERMILLE_ASSIGN(const auto store, Store::Open(store_, OpenMode::kRead));
  PERMILLE_ASSIGN(const auto runs, store->ReadAll());
  PERMILLE_ASSIGN(const auto processors, LoadCpuPower());
  EmissionsCsvOptions options;
  options.columns = columns_ == 31 ? EmissionsColumns::kVersion2 : EmissionsColumns::kVersion3;
  options.grid = chosen.grid;
  if (!pue_.empty()) options.pue = chosen.pue;
  const bool imported =
      std::ranges::any_of(runs, [](const RunRecord& run) { return IsImported(run); });
  if (!options.grid && !imported) {
    PERMILLE_ASSIGN(const auto table, LoadGrids());
    PERMILLE_ASSIGN(options.grid, FindGrid(table, ""));
  }
  options.interpret = [&processors](const RunRecord& run) {
    if (IsImported(run)) return ObservedJoules(run.channels, QueryWindows(run));
    return Interpreted(run, processors);
  };
  return EmissionsCsv(runs, options);
}

Result<std::string> ExportCommand::Cells() const {
  PERMILLE_ASSIGN(const AnalyseOptions options, Options());
  PERMILLE_ASSIGN(const StudyReport report, AnalyseStudy(store_, options));
  WarnOfLeftOut(report.left_out);
  return TableCsv(CellsTable(report));
}

Result<std::string> ExportCommand::Lines() const {
  PERMILLE_ASSIGN(const auto store, Store::Open(store_, OpenMode::kRead));
  PERMILLE_ASSIGN(const auto summaries, store->List());
  std::string text;
  for (const RunSummary& summary : summaries) {
    PERMILLE_ASSIGN(const RunRecord run, store->Read(summary.run_id));
    text += ToJson(run) + "\n";
  }
  return text;
}

Result<void> ExportCommand::Export() {
  const std::string name = std::filesystem::path(to_).filename().string();
  const bool emissions = name.ends_with("emissions.csv");
  std::string text;
  if (emissions) {
    PERMILLE_ASSIGN(text, Emissions());
  } else if (name == "csv" || name.ends_with(".csv")) {
    PERMILLE_ASSIGN(text, Cells());
  } else if (name == "jsonl" || name.ends_with(".jsonl")) {
    PERMILLE_ASSIGN(text, Lines());
  } else {
    return Fail(ErrorCode::kInvalid,
                "--to: '{}' is none of emissions.csv, csv, jsonl, nor a path that ends so", to_);
  }
  const bool bare = to_ == "csv" || to_ == "jsonl";
  if (std::error_code ignored; !bare && std::filesystem::exists(to_, ignored)) {
    return Fail(ErrorCode::kInvalid,
                "--to: {}: exists already, and may be another tool's log; name another file", to_);
  }
  if (bare) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return {};
  }
  return WriteFile(to_, text);
}

}  // namespace

std::unique_ptr<Command> MakeExportCommand() {
  return std::make_unique<ExportCommand>();
}

}  // namespace permille
