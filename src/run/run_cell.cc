// SPDX-License-Identifier: Apache-2.0
#include "run/run_cell.h"

#include <memory>

#include "base/hash.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "meter/meter.h"
#include "pipeline/hf_task.h"
#include "pipeline/pipeline.h"
#include "run/environment.h"
#include "run/interrupt.h"

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

// A clock that fits the meter: a replayed trace has a time of its own.
struct ClockChoice {
  std::unique_ptr<Clock> owned;
  Clock* clock = nullptr;
};

Result<ClockChoice> ChooseClock(const RunRequest& request) {
  ClockChoice choice;
  if (request.meter.starts_with("replay")) {
    if (!IsFake(request.engine)) {
      return Fail(ErrorCode::kInvalid,
                  "--meter replay: a trace has its own time, so it needs --engine fake:SPEC");
    }
    choice.owned = MakeVirtualClock();
  }
  choice.clock = choice.owned ? choice.owned.get() : &SteadyClock();
  return choice;
}

}  // namespace

Result<void> RunRequest::Validate() const {
  if (repeats < 1) return Fail(ErrorCode::kInvalid, "--repeats: {} is not at least 1", repeats);
  PERMILLE_TRY(session.Validate());
  return measure.Validate();
}

Result<RunOutcome> RunCell(const RunRequest& request, Store& store) {
  PERMILLE_TRY(request.Validate());
  PERMILLE_ASSIGN(const Subject subject, FindSubject(request));
  PERMILLE_ASSIGN(PredictorOptions options, MakePredictorOptions(request, subject));
  PERMILLE_ASSIGN(const Dataset dataset,
                  LoadDataset(request.dataset, subject.task, request.dataset_options));
  PERMILLE_ASSIGN(const ClockChoice time, ChooseClock(request));

  MeterOptions meter_options = MeterOptions::FromEnvironment();
  meter_options.gpu = request.gpu;
  meter_options.clock = time.clock;
  PERMILLE_ASSIGN(auto meters, MakeMeters(request.meter, meter_options));
  RecorderOptions recorder_options;
  recorder_options.clock = time.clock;
  recorder_options.sysfs_root = meter_options.sysfs_root;
  PERMILLE_ASSIGN(const auto recorder, Recorder::Start(std::move(meters), recorder_options));
  options.clock = time.clock;
  // Drawing random weights is no part of loading a model: it is done once, before anything is
  // measured.
  std::unique_ptr<TensorEngine> engine;
  if (!IsFake(request.engine)) {
    PERMILLE_ASSIGN(engine, MakeOnnxEngine(request.session.library));
    options.engine = engine.get();
    PERMILLE_TRY(PreparePredictor(subject.files, options));
  }

  Cell cell;
  PERMILLE_TRY(FillCell(cell, request, subject, options, dataset));
  const LoadPredictor load = [&]() -> Result<std::unique_ptr<Predictor>> {
    if (IsFake(request.engine)) return MakeFakePredictor(FakeSpec(request.engine), *time.clock);
    PERMILLE_ASSIGN(LoadedPredictor loaded, MakePredictor(subject.files, options));
    cell.weights = loaded.weights;
    cell.tokens = loaded.tokens;
    cell.options["parameters"] = std::to_string(loaded.parameters);
    return std::move(loaded.predictor);
  };
  const auto machine = DescribeMachine(meter_options.sysfs_root);

  RunOutcome outcome;
  const InterruptGuard guard;
  for (int repeat = 0; repeat < request.repeats; ++repeat) {
    MeasureOptions measure = request.measure;
    measure.title = fmt::format("{} run {}/{}", cell.model, repeat + 1, request.repeats);
    auto run = MeasureRun(*recorder, load, dataset, measure);
    if (run) {
      cell.key = CellKey(cell);
      run->cell = cell;
      run->repeat = repeat;
      run->block = repeat;
      run->environment.insert(machine.begin(), machine.end());
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

}  // namespace permille
