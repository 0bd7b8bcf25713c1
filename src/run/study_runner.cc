// SPDX-License-Identifier: Apache-2.0
#include "run/study_runner.h"

#include <malloc.h>

#include <utility>

#include "base/log.h"
#include "run/cell_options.h"

namespace permille {
namespace {

constexpr const char* kStudy = "study";
constexpr const char* kStudyCell = "study_cell";
constexpr const char* kExtrapolate = "extrapolate";
constexpr int kSharingCells = 2;

Result<RunRequest> RequestOf(const PlannedCell& cell, const StudyRequest& study) {
  RunRequest request;
  request.model = cell.model;
  request.task = cell.task;
  request.engine = cell.engine;
  request.weights = cell.weights;
  request.meter = study.meter;
  request.gpu = study.gpu;
  request.dataset = cell.dataset;
  request.session = study.session;
  request.repeats = cell.repeats;
  request.budget = cell.budget;
  request.measure.queries = cell.queries;
  request.measure.batch = cell.batch;
  request.measure.warmup = cell.warmup;
  request.measure.baseline = cell.baseline;
  request.facts[kStudy] = study.name;
  request.facts[kStudyCell] = cell.key;
  if (cell.extrapolate) request.facts[kExtrapolate] = "steps";
  auto options = ParseTaskOptions(cell.options);
  if (!options) {
    return Fail(options.error().code, "{}: {}", cell.model, options.error().message);
  }
  request.task_options = std::move(*options);
  PERMILLE_TRY(request.Validate());
  return request;
}

// The bare machine's idle window, which neighbouring cells share.
class SharedIdle {
 public:
  /// Let the cell take the window that is at hand; without one it waits for its own.
  void Give(MeasureOptions& measure) {
    if (windows_.empty() || used_ >= kSharingCells) return;
    ++used_;
    measure.shared_idle = windows_;
    measure.shared_from = from_;
  }
  void Take(const MeasureOptions& measure, const RunOutcome& outcome) {
    if (!measure.shared_idle.empty() || outcome.run_ids.empty()) return;
    windows_ = outcome.idle_bare;
    from_ = outcome.run_ids.front();
    used_ = 1;
  }

 private:
  std::vector<Window> windows_;
  std::string from_;
  int used_ = 0;
};

}  // namespace

Result<std::map<std::string, CellProgress>> ProgressOf(Store& store) {
  std::map<std::string, CellProgress> progress;
  PERMILLE_ASSIGN(const auto runs, store.ReadAll());
  for (const RunRecord& run : runs) {
    const auto key = run.environment.find(kStudyCell);
    if (key == run.environment.end()) continue;
    CellProgress& cell = progress[key->second];
    cell.run_ids.push_back(run.run_id);
    cell.finished = cell.finished || run.environment.contains(kCellEnd);
  }
  return progress;
}

Result<void> CheckStudy(const StudyRequest& request) {
  for (const PlannedCell& cell : request.cells) PERMILLE_TRY(RequestOf(cell, request));
  return {};
}

Result<StudyOutcome> RunStudy(const StudyRequest& request, Store& store) {
  StudyOutcome study;
  std::vector<RunRequest> requests;
  for (const PlannedCell& cell : request.cells) {
    PERMILLE_ASSIGN(RunRequest one, RequestOf(cell, request));
    requests.push_back(std::move(one));
  }
  PERMILLE_ASSIGN(auto progress, ProgressOf(store));
  std::optional<Instruments> instruments;
  SharedIdle idle;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    RunRequest& one = requests[i];
    StudyCellOutcome& out = study.cells.emplace_back();
    out.cell = request.cells[i];
    const CellProgress& before = progress[out.cell.key];
    out.run_ids = before.run_ids;
    if (before.finished && !request.again) continue;
    if (!instruments) {
      PERMILLE_ASSIGN(instruments, StartInstruments(one));
    }
    // A cell that was cut off keeps the repeats it has.
    if (!before.finished) one.first_repeat = static_cast<int>(before.run_ids.size());
    one.measure.title = fmt::format("{}/{} ", i + 1, requests.size());
    idle.Give(one.measure);
    auto outcome = RunCell(one, *instruments, store);
    // What the model held goes back to the system before the next one comes.
    ::malloc_trim(0);
    std::optional<Error> failed;
    if (outcome) {
      idle.Take(one.measure, *outcome);
      out.run_ids.insert(out.run_ids.end(), outcome->run_ids.begin(), outcome->run_ids.end());
      out.measured = true;
      failed = outcome->stopped_by;
    } else {
      failed = outcome.error();
    }
    if (failed && failed->code == ErrorCode::kCancelled) {
      study.interrupted = failed;
      return study;
    }
    if (failed) LogWarning("{}: {}", out.cell.model, failed->message);
    out.failed = std::move(failed);
  }
  return study;
}

}  // namespace permille
