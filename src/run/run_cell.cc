// SPDX-License-Identifier: Apache-2.0
#include "run/run_cell.h"

#include <algorithm>
#include <iterator>
#include <memory>

#include "base/hash.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "meter/meter.h"
#include "pipeline/hf_task.h"
#include "pipeline/pipeline.h"
#include "run/cell_budget.h"
#include "run/environment.h"
#include "run/interrupt.h"
#include "run/long_step.h"

namespace permille {
namespace {

bool IsFake(std::string_view engine) {
  return engine == "fake" || engine.starts_with("fake:");
}

std::string_view FakeSpec(std::string_view engine) {
  return engine.substr(engine.size() > 5 ? 5 : 4);
}

// The model behind a request, found but not loaded.
struct Subject {
  std::string task;
  ModelFiles files;
  std::string engine;
};

Result<Subject> FindSubject(const RunRequest& request) {
  Subject subject;
  if (IsFake(request.engine)) {
    subject.engine = "fake";
    subject.files.id = request.model;
    PERMILLE_ASSIGN(const TaskEntry task, FindTask(request.task));
    subject.task = task.name;
    return subject;
  }
  if (request.engine != "onnx") {
    return Fail(ErrorCode::kInvalid, "--engine: there is no engine '{}' (known: onnx, fake:SPEC)",
                request.engine);
  }
  subject.engine = "onnx";
  PERMILLE_ASSIGN(subject.files, FindModel(request.model));
  std::string task = request.task.empty() ? subject.files.task : request.task;
  if (task.empty() && subject.files.entry_yaml.empty()) {
    PERMILLE_ASSIGN(const auto stated, TaskOfHfFolder(subject.files.folder));
    task = stated.value_or("");
  }
  if (task.empty()) {
    return Fail(
        ErrorCode::kInvalid,
        "--task: {} does not say what it is for; name its task, as in --task text-classification",
        request.model);
  }
  PERMILLE_ASSIGN(const TaskEntry entry, FindTask(task));
  subject.task = entry.name;
  return subject;
}

Result<PredictorOptions> MakePredictorOptions(const RunRequest& request, const Subject& subject) {
  PredictorOptions options;
  options.task = subject.task;
  options.task_options = request.task_options;
  options.session = request.session;
  PERMILLE_TRY(options.session.Validate());
  std::string weights = request.weights;
  if (weights.empty() && subject.files.weightless) {
    weights = "random:1";
    LogInfo(
        "{} has no weights here: using random ones (--weights random:1); give --weights "
        "FILE.safetensors for trained ones",
        subject.files.id);
  }
  if (!weights.empty()) {
    PERMILLE_ASSIGN(options.weights, WeightsSource::Parse(weights));
  }
  if (!request.weight_stats.empty() && options.weights.kind != WeightsSource::Kind::kRandom) {
    return Fail(ErrorCode::kInvalid, "--weight-stats: goes with --weights random only");
  }
  options.weights.stats = request.weight_stats;
  if (options.weights.kind == WeightsSource::Kind::kRandom) {
    // Where random weights would end an answer is chance; its length must not be.
    options.task_options.generation.ignore_eos = true;
  }
  return options;
}

// Everything that can change the number, spelled out; the key is its hash.
Result<void> FillCell(Cell& cell, const RunRequest& request, const Subject& subject,
                      const PredictorOptions& options, const Dataset& dataset) {
  cell.task = subject.task;
  cell.model = subject.files.id;
  cell.model_revision = subject.files.revision;
  cell.engine = subject.engine;
  cell.dataset = dataset.name;
  cell.batch = request.measure.batch;
  cell.options["dataset_hash"] = dataset.hash;
  cell.options["warmup"] =
      request.measure.warmup ? std::to_string(*request.measure.warmup) : "auto";
  if (IsFake(request.engine)) {
    cell.options["fake"] = std::string(FakeSpec(request.engine));
  } else {
    const SessionOptions& session = options.session;
    std::string providers;
    for (const std::string& name : session.providers)
      providers += (providers.empty() ? "" : ",") + name;
    cell.options.merge(Stated(options.task_options));
    cell.options["providers"] = providers.empty() ? "cpu" : providers;
    cell.options["threads"] = std::to_string(session.threads);
    cell.options["spinning"] = session.spinning ? "on" : "off";
    cell.options["optimisation"] = std::to_string(session.optimisation);
    // Left out where it is the graph's own, so that older runs keep their key.
    if (session.precision != Precision::kAsGraph) {
      cell.options["precision"] = std::string(Name(session.precision));
    }
    cell.options["denormals_as_zero"] = session.denormals_as_zero ? "on" : "off";
    if (options.weights.kind == WeightsSource::Kind::kRandom) {
      cell.options["weights_seed"] = std::to_string(options.weights.seed);
      if (!options.weights.stats.empty()) {
        PERMILLE_ASSIGN(const std::string hash, Sha256File(options.weights.stats));
        cell.options["weight_stats"] = hash.substr(0, 16);
      }
    }
  }
  return {};
}

// The repeats of a cell, and how its budget is shared among them.
class Repeats {
 public:
  Repeats(const RunRequest& request, Recorder& recorder)
      : request_(request), recorder_(recorder), begin_(recorder.clock().Now()) {}

  /// How the repeat of this number is to be measured.
  MeasureOptions Options(int repeat) const {
    MeasureOptions measure = request_.measure;
    measure.title =
        fmt::format("{}{} run {}/{}", measure.title, request_.model, repeat + 1, request_.repeats);
    if (!request_.budget) return measure;
    if (first_) {
      // The model that is loaded again draws what it drew before; and equal counts of queries are
      // made on the same samples.
      measure.shared_idle = idle_;
      measure.shared_from = first_->run_id;
      measure.queries = first_->queries;
      measure.time_limit = std::max(Seconds(0), *request_.budget - Spent());
    } else {
      measure.time_limit =
          NextShare(*request_.budget, Spent(), request_.repeats - repeat, IdleTime());
    }
    return measure;
  }

  /// Take note of a finished repeat and say in it whether it is the last.
  void Add(RunRecord& run, Seconds lasted) {
    const bool is_first = !first_;
    if (is_first) first_ = {run.run_id, run.queries};
    Seconds busy = lasted;
    for (const Window& window : run.windows) {
      const bool idle = window.phase == Phase::kIdleBare || window.phase == Phase::kIdleLoaded;
      if (!idle) continue;
      if (is_first) idle_.push_back(window);
      if (!run.environment.contains(fmt::format("{}_from", Name(window.phase))))
        busy -= window.duration;
    }
    last_ = run.repeat + 1 >= request_.repeats;
    if (last_) run.environment[kCellEnd] = "repeats";
    if (last_ || !request_.budget || AnotherFits(*request_.budget, Spent(), busy)) return;
    last_ = true;
    run.environment[kCellEnd] = "budget";
  }
  bool done() const { return last_; }

 private:
  Seconds Spent() const { return recorder_.clock().Now() - begin_; }
  /// The idle windows that the first repeat waits for: bare, loaded, and loaded again at its end.
  Seconds IdleTime() const {
    const bool bare = request_.measure.shared_idle.empty();
    return BaselineLength(recorder_, request_.measure) * (bare ? 3.0 : 2.0);
  }

  struct First {
    std::string run_id;
    std::int64_t queries = 0;
  };
  const RunRequest& request_;
  Recorder& recorder_;
  const Instant begin_;
  std::optional<First> first_;
  std::vector<Window> idle_;
  bool last_ = false;
};

// A cell ready to be measured.
struct Work {
  Subject subject;
  PredictorOptions options;
  Dataset dataset;
  std::unique_ptr<TensorEngine> engine;  // empty for a fake one
  Cell cell;                             // all but what loading tells
};

Result<Work> Prepare(const RunRequest& request, Subject subject, const Instruments& instruments) {
  Work work;
  work.subject = std::move(subject);
  PERMILLE_ASSIGN(work.options, MakePredictorOptions(request, work.subject));
  PERMILLE_ASSIGN(work.dataset,
                  LoadDataset(request.dataset, work.subject.task, request.dataset_options));
  work.options.clock = instruments.clock;
  // Drawing random weights is no part of loading a model: it is done once, before anything is
  // measured.
  if (!IsFake(request.engine)) {
    PERMILLE_ASSIGN(work.engine, MakeOnnxEngine(request.session.library));
    work.options.engine = work.engine.get();
    const LongStep preparing("checking and drawing weights of " + work.subject.files.id);
    PERMILLE_TRY(PreparePredictor(work.subject.files, work.options));
  }
  PERMILLE_TRY(FillCell(work.cell, request, work.subject, work.options, work.dataset));
  return work;
}

Result<std::unique_ptr<Predictor>> Load(const RunRequest& request, Work& work) {
  if (IsFake(request.engine))
    return MakeFakePredictor(FakeSpec(request.engine), *work.options.clock);
  PERMILLE_ASSIGN(LoadedPredictor loaded, MakePredictor(work.subject.files, work.options));
  work.cell.weights = loaded.weights;
  work.cell.tokens = loaded.tokens;
  work.cell.options["parameters"] =
      std::to_string(work.subject.files.parameters.value_or(loaded.parameters));
  return std::move(loaded.predictor);
}

Result<RunOutcome> RunRepeats(const RunRequest& request, Work& work, Instruments& instruments,
                              Store& store) {
  auto facts = DescribeMachine(instruments.sysfs_root);
  facts.insert(request.facts.begin(), request.facts.end());
  RunOutcome outcome;
  const InterruptGuard guard;
  Repeats repeats(request, *instruments.recorder);
  for (int repeat = request.first_repeat; repeat < request.repeats && !repeats.done(); ++repeat) {
    const Instant begin = instruments.clock->Now();
    auto run = MeasureRun(
        *instruments.recorder, [&] { return Load(request, work); }, work.dataset,
        repeats.Options(repeat));
    if (run) {
      work.cell.key = CellKey(work.cell);
      run->cell = work.cell;
      run->repeat = repeat;
      run->block = repeat;
      run->environment.insert(facts.begin(), facts.end());
      repeats.Add(*run, instruments.clock->Now() - begin);
      if (outcome.run_ids.empty()) {
        std::ranges::copy_if(run->windows, std::back_inserter(outcome.idle_bare),
                             [](const Window& window) { return window.phase == Phase::kIdleBare; });
      }
      const auto stored = store.Append(*run);
      if (stored) {
        outcome.run_ids.push_back(run->run_id);
        continue;
      }
      outcome.stopped_by = stored.error();
    } else {
      outcome.stopped_by = run.error();
    }
    if (outcome.run_ids.empty()) return Fail(*outcome.stopped_by);
    return outcome;
  }
  return outcome;
}

}  // namespace

Result<void> RunRequest::Validate() const {
  if (repeats < 1) return Fail(ErrorCode::kInvalid, "--repeats: {} is not at least 1", repeats);
  if (budget && *budget < Seconds(0))
    return Fail(ErrorCode::kInvalid, "--budget: {} s is below 0", budget->value());
  PERMILLE_TRY(session.Validate());
  return measure.Validate();
}

Result<Instruments> StartInstruments(const RunRequest& request) {
  Instruments out;
  if (request.meter.starts_with("replay")) {
    if (!IsFake(request.engine)) {
      return Fail(ErrorCode::kInvalid,
                  "--meter replay: a trace has its own time, so it needs --engine fake:SPEC");
    }
    out.owned = MakeVirtualClock();
  }
  out.clock = out.owned ? out.owned.get() : &SteadyClock();
  MeterOptions options = MeterOptions::FromEnvironment();
  options.gpu = request.gpu;
  options.clock = out.clock;
  out.sysfs_root = options.sysfs_root;
  PERMILLE_ASSIGN(auto meters, MakeMeters(request.meter, options));
  RecorderOptions recorder_options;
  recorder_options.clock = out.clock;
  recorder_options.sysfs_root = options.sysfs_root;
  PERMILLE_ASSIGN(out.recorder, Recorder::Start(std::move(meters), recorder_options));
  return out;
}

Result<RunOutcome> RunCell(const RunRequest& request, Store& store) {
  PERMILLE_TRY(request.Validate());
  // A mistake in the request is told before any meter is.
  PERMILLE_ASSIGN(Subject subject, FindSubject(request));
  PERMILLE_ASSIGN(Instruments instruments, StartInstruments(request));
  PERMILLE_ASSIGN(Work work, Prepare(request, std::move(subject), instruments));
  return RunRepeats(request, work, instruments, store);
}

Result<RunOutcome> RunCell(const RunRequest& request, Instruments& instruments, Store& store) {
  PERMILLE_TRY(request.Validate());
  PERMILLE_ASSIGN(Subject subject, FindSubject(request));
  PERMILLE_ASSIGN(Work work, Prepare(request, std::move(subject), instruments));
  return RunRepeats(request, work, instruments, store);
}

}  // namespace permille
