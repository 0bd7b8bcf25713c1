// SPDX-License-Identifier: Apache-2.0
#include "run/exec.h"

#include "base/hash.h"
#include "base/subprocess.h"
#include "meter/recorder.h"
#include "run/environment.h"

namespace permille {
namespace {

constexpr int kMeaningfulUpdates = 200;

std::string CommandLine(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Execute once inside a window; the child's CPU time is ours.
Result<ExitStatus> ExecuteOnce(const ExecRequest& request, Recorder& recorder, RunRecord& record) {
  if (request.baseline > Seconds(0)) {
    const auto idle = recorder.Open(Phase::kIdleLoaded);
    recorder.clock().SleepFor(request.baseline);
    record.windows.push_back(recorder.Close(idle));
  }
  SubprocessOptions options;
  options.out = request.stdout_to_stderr ? Stream::kToStderr : Stream::kInherit;
  const auto window = recorder.Open(Phase::kQuery);
  auto child = Subprocess::Start(request.command, options);
  if (!child) return Fail(std::move(child).error());
  recorder.AddProcess((*child)->pid());
  auto status = (*child)->Wait(/*forward_signals=*/true);
  Window closed = recorder.Close(window);
  if (!status) return Fail(std::move(status).error());
  if (closed.duration < recorder.MinimumWindow(kMeaningfulUpdates))
    closed.flags.push_back("short_window");
  QueryRecord query;
  query.latency = closed.duration;
  record.query_records.push_back(query);
  record.windows.push_back(std::move(closed));
  return status;
}

}  // namespace

Result<ExecOutcome> Exec(const ExecRequest& request) {
  if (request.command.empty()) return Fail(ErrorCode::kInvalid, "exec: name a command after --");
  if (request.repeats < 1)
    return Fail(ErrorCode::kInvalid, "--repeats: {} is not at least 1", request.repeats);
  MeterOptions meter_options = MeterOptions::FromEnvironment();
  meter_options.gpu = request.gpu;
  PERMILLE_ASSIGN(auto meters, MakeMeters(request.meter, meter_options));
  RecorderOptions recorder_options;
  recorder_options.sysfs_root = meter_options.sysfs_root;
  PERMILLE_ASSIGN(const auto recorder, Recorder::Start(std::move(meters), recorder_options));

  ExecOutcome outcome;
  const auto machine = DescribeMachine(meter_options.sysfs_root);
  for (int repeat = 0; repeat < request.repeats && outcome.exit_code == 0; ++repeat) {
    RunRecord record;
    record.started = UtcTimestamp();
    record.run_id = fmt::format("{}-{}", record.started,
                                HashHex(fmt::format("{} {}", SteadyClock().Now().ns, repeat)));
    record.channels = recorder->channels();
    record.environment = machine;
    record.cell.model = CommandLine(request.command);
    record.cell.engine = "exec";
    record.cell.key = HashHex(record.cell.model);
    record.repeat = record.block = repeat;
    record.queries = 1;
    record.samples.push_back({"0", record.cell.key, std::nullopt, 0});
    PERMILLE_ASSIGN(const ExitStatus status, ExecuteOnce(request, *recorder, record));
    outcome.exit_code = status.signal ? 128 + *status.signal : status.code.value_or(0);
    outcome.runs.push_back(std::move(record));
  }
  return outcome;
}

}  // namespace permille
