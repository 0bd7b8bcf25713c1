// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "cli/analyse_flags.h"
#include "cli/command.h"
#include "report/report.h"
#include "run/exec.h"
#include "store/store.h"

namespace permille {
namespace {

class ExecCommand : public Command {
 public:
  void Declare(FlagSet& flags) override;
  int Run() override;

 private:
  Result<void> Keep(const ExecOutcome& outcome) const;

  ExecRequest request_;
  std::int64_t repeats_ = 1;
  std::optional<double> baseline_;
  std::optional<std::string> store_;
  bool json_ = false;
  AnalyseFlags analyse_;
};

void ExecCommand::Declare(FlagSet& flags) {
  flags.Integer("--repeats", "execute the command so many times (default 1)", repeats_);
  flags.Real("--baseline", "seconds of idle to measure before each execution (default: none)",
             baseline_);
  flags.Text("--meter", "auto (default) or a list of meters (permille list meters)",
             request_.meter);
  flags.Text("--gpu", "GPUs the command uses: indices, UUIDs or MIG UUIDs", request_.gpu);
  flags.Text("--store", "keep the measurement in this store (default: it is only printed)", store_);
  analyse_.Declare(flags);
  flags.Toggle("--json", "print JSON alone on stdout; the command's stdout goes to stderr", json_);
  flags.Rest("COMMAND", "the command, after --", request_.command);
}

Result<void> ExecCommand::Keep(const ExecOutcome& outcome) const {
  if (!store_) return {};
  PERMILLE_ASSIGN(const auto store, Store::Open(*store_, OpenMode::kWrite));
  for (const RunRecord& run : outcome.runs) PERMILLE_TRY(store->Append(run));
  return {};
}

int OwnFailure(const Error& error) {
  Complain(error);
  if (error.code == ErrorCode::kNotFound) return kExitNotFound;
  return error.code == ErrorCode::kUnavailable ? kExitNotExecutable : kExitOwnFailure;
}

int ExecCommand::Run() {
  const auto options = analyse_.Options();
  if (!options) return Complain(options.error()), kExitOwnFailure;
  request_.repeats = static_cast<int>(repeats_);
  request_.baseline = Seconds(baseline_.value_or(0));
  request_.stdout_to_stderr = json_;
  const auto outcome = Exec(request_);
  if (!outcome) return OwnFailure(outcome.error());
  const auto kept = Keep(*outcome);
  if (!kept) return Complain(kept.error()), kExitOwnFailure;
  const auto cells = AnalyseRuns(outcome->runs, *options);
  if (!cells) return Complain(cells.error()), kExitOwnFailure;
  const std::string text = json_ ? CellJson(cells->front()) : ExecText(cells->front());
  std::fwrite(text.data(), 1, text.size(), json_ ? stdout : stderr);
  return outcome->exit_code;
}

}  // namespace

std::unique_ptr<Command> MakeExecCommand() {
  return std::make_unique<ExecCommand>();
}

}  // namespace permille
