// SPDX-License-Identifier: Apache-2.0
// What permille adds to a query, beside a bare loop around Session::Run in the same process: an
// encoder of BERT-base's size, 128 tokens, random weights.
//
//     harness GRAPH [PAIRS]
//
// GRAPH: test/data/onnx/bert-base-encoder.onnx.zst. Each pair is one bare run and one query of the
// whole path (samples, tokens, engine, meters sampled beside it, records kept), one right after the
// other, so that whatever else the machine does falls on both. Budget: the lower 95 % bound of the
// median ratio is at most 1.01.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/stats.h"
#include "pipeline/pipeline.h"
#include "run/measure.h"

namespace permille {
namespace {

constexpr std::size_t kTokens = 128;
constexpr double kBudget = 1.01;

// Runs the bare loop before every query of the real predictor, and notes when each began and ended.
class PairingPredictor : public Predictor {
 public:
  struct Pair {
    Instant bare_begin;
    Instant begin;
    Instant end;
    Seconds forward;
  };
  PairingPredictor(std::unique_ptr<Predictor> real, TensorSession& bare, std::vector<Pair>& pairs)
      : real_(std::move(real)), bare_(bare), pairs_(pairs) {
    for (std::size_t i = 0; i < kTokens; ++i)
      ids_.push_back(static_cast<std::int64_t>(1000 + 7 * i));
    mask_.assign(kTokens, 1);
  }
  Result<Answer> Predict(std::span<const Sample> batch) override {
    Pair pair;
    pair.bare_begin = SteadyClock().Now();
    PERMILLE_TRY(RunBare());
    pair.begin = SteadyClock().Now();
    auto answer = real_->Predict(batch);
    pair.end = SteadyClock().Now();
    if (answer) pair.forward = answer->phases.forward;
    pairs_.push_back(pair);
    return answer;
  }

 private:
  Result<void> RunBare() {
    const std::int64_t shape[] = {1, static_cast<std::int64_t>(kTokens)};
    std::vector<TensorView> inputs;
    for (const TensorInfo& input : bare_.inputs()) {
      const auto& values = input.name == "attention_mask" ? mask_ : ids_;
      inputs.push_back({input.name, DType::kInt64, shape, std::as_bytes(std::span(values))});
    }
    const auto outputs = bare_.Run(inputs);
    if (!outputs) return Fail(outputs.error());
    return {};
  }

  std::unique_ptr<Predictor> real_;
  TensorSession& bare_;
  std::vector<Pair>& pairs_;
  std::vector<std::int64_t> ids_;
  std::vector<std::int64_t> mask_;
};

// The model as its user would describe it (docs/formats/model.md).
std::string WriteYaml(const std::string& graph) {
  const auto path = std::filesystem::temp_directory_path() / "permille-bench-encoder.yaml";
  std::ofstream(path)
      << "schema: permille.model/1\nid: bert-base-encoder\ntask: text-classification\n"
      << "graph: " << std::filesystem::absolute(graph).string() << "\nweightless: true\n"
      << "inputs:\n  - {name: input_ids, from: token_ids}\n"
      << "  - {name: attention_mask, from: attention_mask}\n"
      << "tokens: {stand_in: wordpiece-en, vocab_size: 30522, cls: 101, sep: 102, pad: 0, unk: "
         "100, "
      << "max_length: " << kTokens << "}\n";
  return path.string();
}

Dataset LongTexts() {
  Dataset dataset;
  dataset.name = "long";
  for (int i = 0; i < 50; ++i) {
    Sample sample;
    sample.id = std::to_string(i);
    for (int word = 0; word < 200; ++word)
      sample.text += fmt::format("word{} ", (i * 31 + word) % 997);
    dataset.samples.push_back(std::move(sample));
  }
  return dataset;
}

// The median with the order statistics that bound it at 95 % (sign test).
void PrintMedian(const char* what, std::vector<double> values, const char* unit) {
  std::ranges::sort(values);
  const double n = static_cast<double>(values.size());
  const auto low = static_cast<std::size_t>(std::max(0.0, std::floor(n / 2 - 0.98 * std::sqrt(n))));
  const auto high =
      static_cast<std::size_t>(std::min(n - 1, std::ceil(n / 2 + 0.98 * std::sqrt(n))));
  fmt::print("{:<44} median {:9.4f} {} (95 %: {:.4f} to {:.4f})\n", what, *Median(values), unit,
             values[low], values[high]);
}

Result<void> Bench(const std::string& graph, std::int64_t pairs_wanted) {
  PERMILLE_ASSIGN(const ModelFiles files, FindModel(WriteYaml(graph)));
  PredictorOptions options;
  options.task = "text-classification";
  PERMILLE_ASSIGN(options.weights, WeightsSource::Parse("random:1"));
  PERMILLE_ASSIGN(const auto engine, MakeOnnxEngine());
  PERMILLE_ASSIGN(const auto bare, engine->Load(files.graph, options.weights, options.session));
  PERMILLE_ASSIGN(auto meters, MakeMeters("auto", MeterOptions::FromEnvironment()));
  PERMILLE_ASSIGN(const auto recorder, Recorder::Start(std::move(meters)));

  std::vector<PairingPredictor::Pair> pairs;
  const LoadPredictor load = [&]() -> Result<std::unique_ptr<Predictor>> {
    PERMILLE_ASSIGN(LoadedPredictor loaded, MakePredictor(files, options));
    return std::make_unique<PairingPredictor>(std::move(loaded.predictor), *bare, pairs);
  };
  MeasureOptions measure;
  measure.queries = pairs_wanted + 1;  // a pair ends where the next begins
  measure.warmup = 10;
  measure.baseline = Seconds(0);
  measure.title = "pairs";
  PERMILLE_ASSIGN(const RunRecord record, MeasureRun(*recorder, load, LongTexts(), measure));

  std::vector<double> ratios;
  std::vector<double> outside;
  std::vector<double> bare_ms;
  for (std::size_t i = 10; i + 1 < pairs.size(); ++i) {
    const auto& pair = pairs[i];
    // From the end of this query to the next call: what the measuring loop keeps and asks.
    const Seconds between = pairs[i + 1].bare_begin - pair.end;
    const Seconds whole = (pair.end - pair.begin) + between;
    const Seconds alone = pair.begin - pair.bare_begin;
    ratios.push_back(whole / alone);
    outside.push_back((whole - pair.forward).value() * 1e6);
    bare_ms.push_back(alone.value() * 1e3);
  }
  if (record.query_records.empty() || record.query_records.front().input_tokens != kTokens) {
    return Fail(ErrorCode::kInternal, "the queries are not of {} tokens", kTokens);
  }
  fmt::print("{} pairs, {} tokens a query\n", ratios.size(), kTokens);
  PrintMedian("bare Session::Run", bare_ms, "ms");
  PrintMedian("time outside Session::Run", outside, "us");
  PrintMedian("query / bare run", ratios, "");
  std::ranges::sort(ratios);
  const double n = static_cast<double>(ratios.size());
  const double low =
      ratios[static_cast<std::size_t>(std::max(0.0, std::floor(n / 2 - 0.98 * std::sqrt(n))))];
  fmt::print("budget: lower bound at most {}: {}\n", kBudget, low <= kBudget ? "kept" : "EXCEEDED");
  return {};
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: harness test/data/onnx/bert-base-encoder.onnx.zst [PAIRS]\n");
    return 2;
  }
  const auto done = permille::Bench(argv[1], argc > 2 ? std::atoll(argv[2]) : 500);
  if (!done) fmt::print(stderr, "harness: {}\n", done.error().message);
  return done ? 0 : 1;
}
