// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "analyse/extrapolation.h"
#include "analyse/study.h"
#include "base/log.h"
#include "base/spelling.h"
#include "catalog/catalog.h"
#include "cli/analyse_flags.h"
#include "cli/command.h"
#include "report/report.h"
#include "report/study_text.h"
#include "report/text_table.h"
#include "run/study_runner.h"
#include "store/store.h"

namespace permille {
namespace {

constexpr std::string_view kActions[] = {"plan", "run"};

std::string OptionsText(const PlannedCell& cell) {
  std::string text;
  for (const auto& [name, value] : cell.options)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  if (cell.extrapolate) text += text.empty() ? "extrapolated" : ", extrapolated";
  return text;
}

/// The cells of a plan, one a line.
std::string PlanText(const std::string& title, const std::vector<PlannedCell>& cells,
                     const std::map<std::string, CellProgress>& progress) {
  using Align = TextTable::Align;
  TextTable table({Align::kRight, Align::kLeft, Align::kLeft, Align::kLeft, Align::kLeft,
                   Align::kLeft, Align::kRight, Align::kRight, Align::kRight, Align::kLeft,
                   Align::kLeft});
  table.Row({"", "key", "task", "model", "dataset", "weights", "runs", "queries", "budget",
             "options", "in the store"});
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const PlannedCell& cell = cells[i];
    std::string held;
    if (const auto found = progress.find(cell.key); found != progress.end()) {
      held = fmt::format("{} of {} runs{}", found->second.run_ids.size(), cell.repeats,
                         found->second.finished ? ", finished" : "");
    }
    table.Row({std::to_string(i + 1), cell.key, cell.task, cell.model,
               cell.dataset.empty() ? "the task's own" : cell.dataset,
               cell.weights.empty() ? "its own" : cell.weights, std::to_string(cell.repeats),
               std::to_string(cell.queries),
               cell.budget ? fmt::format("{:g} s", cell.budget->value()) : "none",
               OptionsText(cell), held});
  }
  return title + "\n\n" + table.Text();
}

class StudyCommand : public Command {
 public:
  void Declare(FlagSet& flags) override;
  int Run() override;

 private:
  Result<std::vector<PlannedCell>> Plan(const StudyFile& study) const;
  Result<StudyRequest> Request(const StudyFile& study) const;
  Result<int> Measure();
  Result<void> PrintPlan();
  Result<void> PrintResult(const StudyFile& study, const StudyOutcome& outcome,
                           const AnalyseOptions& options) const;

  std::string action_;
  std::string file_ = "quick";
  std::string store_ = "permille.db";
  std::string weights_;
  std::string engine_;
  std::string meter_ = "auto";
  std::string library_;
  std::optional<std::string> gpu_;
  std::optional<std::int64_t> queries_;
  std::optional<std::int64_t> repeats_;
  std::optional<std::int64_t> steps_;
  std::optional<double> budget_;
  std::optional<double> baseline_;
  std::int64_t threads_ = 0;
  bool again_ = false;
  bool json_ = false;
  AnalyseFlags analyse_;
};

void StudyCommand::Declare(FlagSet& flags) {
  flags.Positional("ACTION", "plan: print the cells; run: measure those not finished yet", action_,
                   true);
  flags.Positional("FILE", "a study of catalog/studies (default quick), or the path of a YAML file",
                   file_, false);
  flags.Text("--store", "where finished runs are kept (default permille.db)", store_);
  flags.Text("--weights",
             "folder of trained weights: DIR/<model id>/; models without use their own", weights_);
  flags.Toggle("--again", "measure finished cells too; their runs are added", again_);
  flags.Real("--budget", "seconds of each cell, loading and idle windows included", budget_);
  flags.Integer("--queries", "most queries of a run", queries_);
  flags.Integer("--repeats", "most runs of a cell", repeats_);
  flags.Integer("--steps", "denoising steps of text-to-image cells", steps_);
  flags.Real("--baseline", "seconds of each idle window (0: none)", baseline_);
  flags.Text("--engine", "fake:SPEC instead of the study's engine", engine_);
  flags.Text("--meter", "auto (default) or a list of meters (permille list meters)", meter_);
  flags.Text("--gpu", "GPUs the work uses: indices, UUIDs or MIG UUIDs", gpu_);
  flags.Integer("--threads", "intra-op threads (default 0: one a core)", threads_);
  flags.Text("--ort-lib", "path of libonnxruntime", library_);
  analyse_.Declare(flags);
  flags.Toggle("--json", "print the store's report as JSON (permille.report/1)", json_);
}

Result<std::vector<PlannedCell>> StudyCommand::Plan(const StudyFile& study) const {
  constexpr std::int64_t kMost = 1'000'000'000;
  for (const auto& [flag, value] : {std::pair{"--queries", queries_},
                                    {"--repeats", repeats_},
                                    {"--steps", steps_},
                                    {"--threads", std::optional(threads_ + 1)}}) {
    if (value && (*value < 1 || *value > kMost))
      return Fail(ErrorCode::kInvalid, "{}: {} is out of range", flag, *value);
  }
  PlanFacts facts;
  facts.repeats = repeats_;
  facts.queries = queries_;
  facts.steps = steps_;
  if (budget_) facts.budget = Seconds(*budget_);
  if (baseline_) facts.baseline = Seconds(*baseline_);
  facts.engine = engine_;
  facts.threads = threads_;
  std::error_code error;
  if (!weights_.empty() && !std::filesystem::is_directory(weights_, error)) {
    return Fail(ErrorCode::kNotFound,
                "--weights: {} is no folder; trained weights are looked for in DIR/<model id>/",
                weights_);
  }
  facts.trained = [this](const std::string& model) {
    std::error_code missing;
    const auto folder = std::filesystem::path(weights_) / model;
    const bool there = !weights_.empty() && std::filesystem::is_directory(folder, missing);
    return there ? folder.string() : std::string();
  };
  PERMILLE_ASSIGN(const auto models, LoadModels());
  PERMILLE_ASSIGN(const auto tasks, LoadTasks());
  PERMILLE_ASSIGN(const auto datasets, LoadDatasets());
  return MakePlan(study, models, tasks, datasets, facts);
}

Result<StudyRequest> StudyCommand::Request(const StudyFile& study) const {
  StudyRequest request;
  request.name = study.name;
  PERMILLE_ASSIGN(request.cells, Plan(study));
  request.meter = meter_;
  request.gpu = gpu_;
  request.again = again_;
  request.session.threads = static_cast<int>(threads_);
  request.session.library = library_;
  return request;
}

/// Read back what was measured, the rest of the store left aside.
Result<void> StudyCommand::PrintResult(const StudyFile& study, const StudyOutcome& outcome,
                                       const AnalyseOptions& options) const {
  std::string text;
  if (json_) {
    PERMILLE_ASSIGN(const StudyReport report, AnalyseStudy(store_, options));
    text = StudyJson(report);
  } else {
    std::vector<std::string> runs;
    for (const StudyCellOutcome& cell : outcome.cells)
      runs.insert(runs.end(), cell.run_ids.begin(), cell.run_ids.end());
    PERMILLE_ASSIGN(StudyInput input, ReadStudy(store_, options, runs));
    AddExtrapolated(input.cells);
    text = StudyText(study.title, input);
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

Result<int> StudyCommand::Measure() {
  PERMILLE_ASSIGN(const AnalyseOptions options, analyse_.Options());
  PERMILLE_ASSIGN(const StudyFile study, LoadStudy(file_));
  PERMILLE_ASSIGN(const StudyRequest request, Request(study));
  PERMILLE_ASSIGN(auto store, Store::Open(store_, OpenMode::kWrite));
  PERMILLE_ASSIGN(const StudyOutcome outcome, RunStudy(request, *store));
  store.reset();
  std::size_t failed = 0;
  std::size_t before = 0;
  std::size_t held = 0;
  for (const StudyCellOutcome& cell : outcome.cells) {
    failed += cell.failed ? 1 : 0;
    before += !cell.measured && !cell.failed ? 1 : 0;
    held += cell.run_ids.empty() ? 0 : 1;
  }
  if (before > 0) {
    LogInfo("{} of {} cells were finished in {} already; --again measures them anew", before,
            request.cells.size(), store_);
  }
  if (held > 0) PERMILLE_TRY(PrintResult(study, outcome, options));
  for (const StudyCellOutcome& cell : outcome.cells) {
    if (cell.failed)
      LogLine(LogLevel::kError, Sayable(fmt::format("{} ({}): {}", cell.cell.model, cell.cell.task,
                                                    cell.failed->message)));
  }
  if (outcome.interrupted) return Fail(*outcome.interrupted);
  if (failed == 0) return int{kExitOk};
  LogWarning("{} of {} cells failed; call again to try those", failed, request.cells.size());
  return int{held > 0 ? kExitSkipped : kExitFailure};
}

Result<void> StudyCommand::PrintPlan() {
  PERMILLE_ASSIGN(const StudyFile study, LoadStudy(file_));
  PERMILLE_ASSIGN(const StudyRequest request, Request(study));
  PERMILLE_TRY(CheckStudy(request));
  std::map<std::string, CellProgress> progress;
  std::error_code error;
  if (std::filesystem::exists(store_, error)) {
    PERMILLE_ASSIGN(const auto store, Store::Open(store_, OpenMode::kRead));
    PERMILLE_ASSIGN(progress, ProgressOf(*store));
  }
  const std::string text = PlanText(study.title, request.cells, progress);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

int StudyCommand::Run() {
  if (std::ranges::find(kActions, action_) == std::end(kActions)) {
    LogLine(LogLevel::kError, fmt::format("study: there is no action '{}'{} (known: plan, run)",
                                          action_, DidYouMean(action_, kActions)));
    return kExitUsage;
  }
  if (action_ == "plan") {
    const auto printed = PrintPlan();
    return printed ? int{kExitOk} : Complain(printed.error());
  }
  const auto code = Measure();
  return code ? *code : Complain(code.error());
}

}  // namespace

std::unique_ptr<Command> MakeStudyCommand() {
  return std::make_unique<StudyCommand>();
}

}  // namespace permille
