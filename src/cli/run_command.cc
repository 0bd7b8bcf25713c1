// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "base/log.h"
#include "catalog/catalog.h"
#include "catalog/study_models.h"
#include "cli/analyse_flags.h"
#include "cli/command.h"
#include "cli/task_flags.h"
#include "report/prediction_text.h"
#include "report/report.h"
#include "run/run_cell.h"
#include "store/store.h"

namespace permille {
namespace {

class RunCommand : public Command {
 public:
  void Declare(FlagSet& flags) override;
  int Run() override;

 private:
  Result<RunRequest> Request() const;
  Result<RunRecord> ReadRun(const std::string& run_id) const;
  int Print(const RunOutcome& outcome, const AnalyseOptions& options) const;

  std::string model_;
  std::string store_ = "permille.db";
  std::string providers_;
  std::string precision_ = "fp32";
  std::int64_t queries_ = 1000;
  std::int64_t repeats_ = 10;
  std::int64_t batch_ = 1;
  std::int64_t threads_ = 0;
  std::int64_t optimisation_ = 99;
  std::optional<std::int64_t> warmup_;
  std::optional<std::int64_t> limit_;
  std::optional<double> baseline_;
  std::optional<double> time_limit_;
  bool no_spin_ = false;
  bool no_header_ = false;
  bool json_ = false;
  bool show_ = false;
  RunRequest request_;
  TaskFlags task_flags_;
  AnalyseFlags analyse_;
};

void RunCommand::Declare(FlagSet& flags) {
  flags.Positional("MODEL", "an id of models/, a folder in Hugging Face layout, or a model YAML",
                   model_, true);
  flags.Text("--task", "its task (default: the model's own; permille list tasks)", request_.task);
  flags.Text("--engine", "onnx (default) or fake:SPEC", request_.engine);
  flags.Text("--weights", "file, FILE.safetensors (or its index or folder) or random:SEED",
             request_.weights);
  flags.Text("--weight-stats", "draw random weights with the moments of this CSV (model stats)",
             request_.weight_stats);
  flags.Text("--dataset", "name or file of the samples (default: the task's own)",
             request_.dataset);
  flags.Text("--field", "column or key of the text", request_.dataset_options.field);
  flags.Text("--label-field", "column or key of the reference",
             request_.dataset_options.label_field);
  flags.Text("--mask", "fill-mask from plain text, as the study masks: last-word or append",
             request_.dataset_options.mask);
  flags.Toggle("--no-header", "the file has no header: columns are 0, 1, ...", no_header_);
  flags.Integer("--limit", "use the first so many samples only", limit_);
  flags.Integer("--queries", "queries a run (default 1000)", queries_);
  flags.Integer("--repeats", "runs, each in a fresh session (default 10)", repeats_);
  flags.Integer("--warmup", "queries before measuring (default: until steady; the study used 0)",
                warmup_);
  flags.Integer("--batch", "samples a call (default 1)", batch_);
  flags.Real("--baseline", "seconds of each idle window (default: chosen; 0: none)", baseline_);
  flags.Text("--meter", "auto (default) or a list of meters (permille list meters)",
             request_.meter);
  flags.Text("--gpu", "GPUs the work uses: indices, UUIDs or MIG UUIDs", request_.gpu);
  flags.Text("--provider", "ONNX Runtime execution providers, in order (default cpu)", providers_);
  flags.Integer("--threads", "intra-op threads (default 0: one a core)", threads_);
  flags.Toggle("--no-spin", "intra-op threads sleep between queries", no_spin_);
  flags.Integer("--optimisation", "graph optimisation: 0, 1, 2 or 99 (default)", optimisation_);
  flags.Text("--precision", "fp32 (default), fp16 or int8: matrices quantised at load", precision_);
  flags.Toggle("--force", "fp16 even on a CPU, which computes it in single precision",
               request_.session.force);
  flags.Toggle("--denormals-as-zero", "flush denormal numbers to zero",
               request_.session.denormals_as_zero);
  flags.Real("--time-limit", "seconds that one query may take", time_limit_);
  flags.Text("--ort-lib", "path of libonnxruntime", request_.session.library);
  flags.Text("--store", "where finished runs are kept (default permille.db)", store_);
  flags.Toggle("--show", "print what the model said of each sample", show_);
  task_flags_.Declare(flags);
  analyse_.Declare(flags);
  flags.Toggle("--json", "print the result as JSON (permille.run/1)", json_);
}

Result<RunRequest> RunCommand::Request() const {
  constexpr std::int64_t kMost = 1'000'000'000;
  for (const auto& [flag, value] : {std::pair{"--queries", queries_},
                                    {"--repeats", repeats_},
                                    {"--batch", batch_},
                                    {"--threads", threads_},
                                    {"--warmup", warmup_.value_or(0)},
                                    {"--limit", limit_.value_or(0)}}) {
    if (value < 0 || value > kMost)
      return Fail(ErrorCode::kInvalid, "{}: {} is out of range", flag, value);
  }
  RunRequest request = request_;
  PERMILLE_ASSIGN(request.task_options, task_flags_.Options());
  request.model = model_;
  request.repeats = static_cast<int>(repeats_);
  request.measure.queries = queries_;
  request.measure.batch = static_cast<int>(batch_);
  if (warmup_) request.measure.warmup = static_cast<int>(*warmup_);
  if (baseline_) request.measure.baseline = Seconds(*baseline_);
  request.dataset_options.header = !no_header_;
  request.dataset_options.limit = static_cast<std::size_t>(limit_.value_or(0));
  request.session.threads = static_cast<int>(threads_);
  request.session.spinning = !no_spin_;
  PERMILLE_ASSIGN(request.session.precision, ParsePrecision(precision_));
  request.session.optimisation = static_cast<int>(optimisation_);
  if (time_limit_) request.session.time_limit = Seconds(*time_limit_);
  std::string_view rest = providers_;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    request.session.providers.emplace_back(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return request;
}

/// What the study published of the model on that task, else what the user's own YAML says.
std::optional<PublishedFigure> Published(const std::string& model, const std::string& task) {
  const auto entry = LoadModelEntry(model);
  if (!entry) return std::nullopt;
  if (const auto study = LoadStudyModels()) {
    const StudyModelEntry* const known = study->Find(entry->id);
    const auto kwh = known == nullptr ? std::nullopt : known->MeanKwh(task);
    if (kwh) return PublishedFigure{*kwh, study->source};
  }
  if (!entry->published_kwh_per_1000) return std::nullopt;
  return PublishedFigure{*entry->published_kwh_per_1000, entry->published_source};
}

Result<RunRecord> RunCommand::ReadRun(const std::string& run_id) const {
  PERMILLE_ASSIGN(const auto store, Store::Open(store_, OpenMode::kRead));
  return store->Read(run_id);
}

int RunCommand::Print(const RunOutcome& outcome, const AnalyseOptions& options) const {
  const auto cells = AnalyseStore(store_, options, outcome.run_ids);
  if (!cells) return Complain(cells.error());
  std::optional<RunRecord> shown;
  if (show_) {
    auto first = ReadRun(outcome.run_ids.front());
    if (!first) return Complain(first.error());
    shown = std::move(*first);
  }
  for (const CellResult& cell : *cells) {
    std::string text = json_ ? CellJson(cell, shown ? &*shown : nullptr)
                             : CellText(cell, Published(model_, cell.cell.task));
    if (shown && !json_) text = PredictionsText(*shown, shown->predictions.size()) + "\n" + text;
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return kExitOk;
}

int RunCommand::Run() {
  const auto options = analyse_.Options();
  if (!options) return Complain(options.error());
  const auto request = Request();
  if (!request) return Complain(request.error());
  auto store = Store::Open(store_, OpenMode::kWrite);
  if (!store) return Complain(store.error());
  const auto outcome = RunCell(*request, **store);
  if (!outcome) return Complain(outcome.error());
  if (outcome->stopped_by) {
    const int code = Complain(*outcome->stopped_by);
    LogWarning("{} of {} runs finished; they are kept in {}", outcome->run_ids.size(),
               request->repeats, store_);
    return code;
  }
  store->reset();
  return Print(*outcome, *options);
}

}  // namespace

std::unique_ptr<Command> MakeRunCommand() {
  return std::make_unique<RunCommand>();
}

}  // namespace permille
