// SPDX-License-Identifier: Apache-2.0
#include "run/measure.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <random>

#include "base/file.h"
#include "base/hash.h"
#include "base/progress.h"
#include "run/interrupt.h"
#include "run/warmup.h"

namespace permille {
namespace {

constexpr Seconds kShortestBaseline{2};
constexpr Seconds kLongestBaseline{20};
constexpr std::int64_t kReserved = 100'000;

std::string NewRunId() {
  std::random_device random;
  const std::uint64_t bits = (static_cast<std::uint64_t>(random()) << 32) | random();
  return fmt::format("{}-{:016x}", UtcTimestamp(), bits);
}

std::int64_t CountWords(std::string_view text) {
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space && !inside) ++words;
    inside = !space;
  }
  return words;
}

SampleRecord Remember(const Sample& sample) {
  SampleRecord record;
  record.id = sample.id;
  // An image counts by its bytes: the same picture elsewhere is the same sample. What cannot be
  // read here failed in its query already.
  const std::string image =
      sample.image_path.empty() ? "" : ReadFile(sample.image_path).value_or("");
  record.hash = HashHex(sample.text + '\x1f' + sample.context + '\x1f' + image);
  record.reference = sample.reference;
  record.words = CountWords(sample.text) + CountWords(sample.context);
  return record;
}

// One sample's share of the phases of a call.
PhaseTimes ShareOf(const PhaseTimes& call, std::size_t count) {
  const auto share = [count](Seconds whole) { return whole / static_cast<double>(count); };
  return {share(call.preprocess), share(call.prefill), share(call.decode), share(call.forward),
          share(call.postprocess)};
}

// One run in the making.
class Measurement {
 public:
  Measurement(Recorder& recorder, const Dataset& dataset, const MeasureOptions& options)
      : recorder_(recorder), clock_(recorder.clock()), dataset_(dataset), options_(options) {}

  Result<RunRecord> Run(const LoadPredictor& load);

 private:
  Result<void> Idle(Phase phase);
  Result<void> Load(const LoadPredictor& load);
  Result<void> WarmUp();
  Result<void> Query();
  Result<Seconds> OneCall(bool keep);
  void KeepAnswer(std::size_t first, std::size_t count, Seconds latency, Answer answer);
  bool QueryNeedsMore(std::int64_t done, Instant begin) const;
  bool OutOfTime() const;
  bool Share(Phase phase);

  Recorder& recorder_;
  Clock& clock_;
  const Dataset& dataset_;
  const MeasureOptions& options_;
  std::unique_ptr<Predictor> predictor_;
  std::size_t next_sample_ = 0;
  std::vector<Sample> batch_;  // reused when batch > 1
  const Instant begin_ = clock_.Now();
  RunRecord record_;
};

/// Take the windows of a phase from another run; false when it has none.
bool Measurement::Share(Phase phase) {
  const auto of_phase = [phase](const Window& window) { return window.phase == phase; };
  if (std::ranges::none_of(options_.shared_idle, of_phase)) return false;
  // The loaded machine idles twice in a run, and the other run's windows are of both times.
  if (std::ranges::any_of(record_.windows, of_phase)) return true;
  std::ranges::copy_if(options_.shared_idle, std::back_inserter(record_.windows), of_phase);
  record_.environment[fmt::format("{}_from", Name(phase))] = options_.shared_from;
  return true;
}

Result<void> Measurement::Idle(Phase phase) {
  const Seconds length = BaselineLength(recorder_, options_);
  if (length <= Seconds(0) || Share(phase)) return {};
  const auto window = recorder_.Open(phase);
  const Instant end = clock_.Now() + length;
  // Sleep in slices so that Ctrl-C is answered at once.
  while (clock_.Now() < end && !Interrupted()) {
    clock_.SleepUntil(std::min(end, clock_.Now() + Seconds(clock_.is_virtual() ? 3600 : 0.1)));
  }
  record_.windows.push_back(recorder_.Close(window));
  if (Interrupted())
    return Fail(ErrorCode::kCancelled, "interrupted while idle; this run is discarded");
  return {};
}

Result<void> Measurement::Load(const LoadPredictor& load) {
  const auto window = recorder_.Open(Phase::kLoad);
  auto predictor = load();
  record_.windows.push_back(recorder_.Close(window));
  if (!predictor) return Fail(std::move(predictor).error());
  predictor_ = std::move(*predictor);
  for (const pid_t pid : predictor_->pids()) recorder_.AddProcess(pid);
  if (Interrupted())
    return Fail(ErrorCode::kCancelled, "interrupted after loading; this run is discarded");
  return {};
}

// One call of the model with the next `batch` samples; its latency.
Result<Seconds> Measurement::OneCall(bool keep) {
  const std::size_t total = dataset_.samples.size();
  const std::size_t first = next_sample_ % total;
  const auto count = static_cast<std::size_t>(options_.batch);
  std::span<const Sample> samples(&dataset_.samples[first], 1);
  if (count > 1) {
    batch_.clear();
    for (std::size_t i = 0; i < count; ++i) batch_.push_back(dataset_.samples[(first + i) % total]);
    samples = batch_;
  }
  const Instant begin = clock_.Now();
  auto answer = predictor_->Predict(samples);
  const Seconds latency = clock_.Now() - begin;
  if (Interrupted())
    return Fail(ErrorCode::kCancelled,
                "interrupted; this run is discarded, finished runs are kept");
  if (!answer) {
    Error error = std::move(answer).error();
    error.message = fmt::format("sample {}: {}", samples.front().id, error.message);
    return Fail(std::move(error));
  }
  for (std::size_t i = 0; i < answer->predictions.size() && i < samples.size(); ++i) {
    if (!answer->predictions[i].finite) {
      return Fail(ErrorCode::kEngine, "sample {}: the model's output is not finite (NaN or Inf)",
                  samples[i].id);
    }
  }
  next_sample_ += count;
  if (keep) KeepAnswer(first, count, latency, std::move(*answer));
  return latency;
}

void Measurement::KeepAnswer(std::size_t first, std::size_t count, Seconds latency, Answer answer) {
  const std::size_t total = dataset_.samples.size();
  for (std::size_t i = 0; i < count && i < answer.predictions.size(); ++i) {
    Prediction& prediction = answer.predictions[i];
    QueryRecord query;
    query.sample = (first + i) % total;
    query.latency = latency / static_cast<double>(count);
    query.phases = ShareOf(answer.phases, count);
    query.input_tokens = prediction.input_tokens;
    query.output_tokens = prediction.output_tokens;
    record_.query_records.push_back(query);
    // Samples come in order, so the first pass is over when the count exceeds their number.
    if (record_.query_records.size() <= total) {
      record_.predictions.push_back({query.sample, std::move(prediction)});
    }
  }
}

Result<void> Measurement::WarmUp() {
  Warmup warmup(options_.warmup);
  if (!warmup.NeedsMore()) return {};
  const auto window = recorder_.Open(Phase::kWarmup);
  Result<void> outcome;
  while (warmup.NeedsMore()) {
    const auto latency = OneCall(/*keep=*/false);
    if (!latency) {
      outcome = Fail(latency.error());
      break;
    }
    warmup.Add(*latency, clock_.Now(), recorder_.Temperature());
  }
  record_.windows.push_back(recorder_.Close(window));
  record_.environment["warmup_queries"] = std::to_string(warmup.queries());
  if (!options_.warmup && !warmup.steady()) record_.flags.push_back("warmup_capped");
  return outcome;
}

/// Whether the time limit leaves none for another query, with the idle window that is to follow.
bool Measurement::OutOfTime() const {
  if (!options_.time_limit) return false;
  const bool shared = std::ranges::any_of(options_.shared_idle, [](const Window& window) {
    return window.phase == Phase::kIdleLoaded;
  });
  const Seconds idle = shared ? Seconds(0) : BaselineLength(recorder_, options_);
  return clock_.Now() - begin_ + idle >= *options_.time_limit;
}

bool Measurement::QueryNeedsMore(std::int64_t done, Instant begin) const {
  if (done > 0 && OutOfTime()) return false;
  const Seconds elapsed = clock_.Now() - begin;
  if (done < options_.queries) return true;
  // Whole passes only: a part of the samples would weigh more than the rest.
  const auto pass = static_cast<std::int64_t>(dataset_.samples.size());
  const bool pass_open = (done - options_.queries) % pass != 0;
  return pass_open || elapsed < recorder_.MinimumWindow();
}

Result<void> Measurement::Query() {
  next_sample_ = 0;
  record_.query_records.reserve(static_cast<std::size_t>(std::min(options_.queries, kReserved)));
  record_.predictions.reserve(dataset_.samples.size());
  // Where time ends the run, how many queries there will be is not known.
  Progress progress(clock_, options_.title,
                    options_.time_limit ? 0 : static_cast<std::size_t>(options_.queries));
  const auto window = recorder_.Open(Phase::kQuery);
  const Instant begin = clock_.Now();
  Result<void> outcome;
  std::int64_t done = 0;
  while (QueryNeedsMore(done, begin)) {
    const auto latency = OneCall(/*keep=*/true);
    if (!latency) {
      outcome = Fail(latency.error());
      break;
    }
    done += options_.batch;
    if (options_.show_progress && progress.Due()) {
      progress.Update(static_cast<std::size_t>(done),
                      fmt::format("{:.3g} J by counters", recorder_.SoFar(window).value()));
    }
  }
  record_.windows.push_back(recorder_.Close(window));
  progress.Finish();
  record_.queries = done;
  return outcome;
}

Result<RunRecord> Measurement::Run(const LoadPredictor& load) {
  record_.run_id = NewRunId();
  record_.started = UtcTimestamp();
  record_.channels = recorder_.channels();
  PERMILLE_TRY(Idle(Phase::kIdleBare));
  PERMILLE_TRY(Load(load));
  for (auto& [key, value] : predictor_->facts()) record_.environment[key] = value;
  PERMILLE_TRY(Idle(Phase::kIdleLoaded));
  PERMILLE_TRY(WarmUp());
  PERMILLE_TRY(Query());
  PERMILLE_TRY(Idle(Phase::kIdleLoaded));
  for (const Sample& sample : dataset_.samples) record_.samples.push_back(Remember(sample));
  return std::move(record_);
}

}  // namespace

Seconds BaselineLength(const Recorder& recorder, const MeasureOptions& options) {
  return options.baseline.value_or(
      std::clamp(recorder.MinimumWindow(), kShortestBaseline, kLongestBaseline));
}

Result<void> MeasureOptions::Validate() const {
  if (queries < 1) return Fail(ErrorCode::kInvalid, "--queries: {} is not at least 1", queries);
  if (batch < 1) return Fail(ErrorCode::kInvalid, "--batch: {} is not at least 1", batch);
  if (warmup && *warmup < 0) return Fail(ErrorCode::kInvalid, "--warmup: {} is below 0", *warmup);
  if (baseline && *baseline < Seconds(0)) {
    return Fail(ErrorCode::kInvalid, "--baseline: {} s is below 0", baseline->value());
  }
  if (time_limit && *time_limit < Seconds(0)) {
    return Fail(ErrorCode::kInvalid, "time limit: {} s is below 0", time_limit->value());
  }
  return {};
}

Result<RunRecord> MeasureRun(Recorder& recorder, const LoadPredictor& load, const Dataset& dataset,
                             const MeasureOptions& options) {
  PERMILLE_TRY(options.Validate());
  if (dataset.samples.empty())
    return Fail(ErrorCode::kInvalid, "dataset {}: it holds no sample", dataset.name);
  return Measurement(recorder, dataset, options).Run(load);
}

}  // namespace permille
