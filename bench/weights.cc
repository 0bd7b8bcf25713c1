// SPDX-License-Identifier: Apache-2.0
// How far the values of weights matter: a trained model against its twin with random weights.
//
//     weights [--pairs N] [--new-tokens N] TASK MODEL INPUT...
//
// MODEL: a folder in Hugging Face layout or a model YAML, whose graphs hold their weights. INPUT:
// texts, or image files for image tasks; question-answering takes pairs of question and passage;
// what takes made-up inputs takes any word. The twin is the same graphs with every weight drawn by
// the rule of
// `--weights random:1` (bench/random_twin.h). Same inputs, same number of new tokens, one thread,
// CPU time of the whole query, pairs of queries one right after the other. Budget: within 3 %.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "paired_cpu.h"
#include "pipeline/pipeline.h"
#include "random_twin.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

constexpr double kBudget = 0.03;
/// Of each kind: where a session's memory happens to lie makes a difference of several per cent to
/// small models, so there are some of each, made in turn, and pairs of any with any.
constexpr std::size_t kSessions = 6;

struct Request {
  std::size_t pairs = 500;
  PredictorOptions options;
  std::string model;
  std::vector<Sample> samples;
};

Result<Request> ReadArguments(const std::vector<std::string>& arguments) {
  Request request;
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].starts_with("--") || i + 1 == arguments.size()) {
      rest.push_back(arguments[i]);
      continue;
    }
    const long number = std::strtol(arguments[i + 1].c_str(), nullptr, 10);
    if (number < 1) return Fail(ErrorCode::kInvalid, "{}: a number above 0", arguments[i]);
    if (arguments[i] == "--pairs") request.pairs = static_cast<std::size_t>(number);
    // Ending early is not allowed, so that trained and random weights write the same number.
    GenerationOptions& generation = request.options.task_options.generation;
    if (arguments[i] == "--new-tokens")
      generation.max_new_tokens = generation.min_new_tokens = number;
    ++i;
  }
  if (rest.size() < 3) {
    return Fail(ErrorCode::kInvalid,
                "usage: weights [--pairs N] [--new-tokens N] TASK MODEL INPUT...");
  }
  request.options.task = rest[0];
  request.options.session.threads = 1;
  request.options.session.spinning = false;
  request.model = rest[1];
  for (std::size_t i = 2; i < rest.size(); ++i) {
    Sample& sample = request.samples.emplace_back();
    sample.id = std::to_string(i - 2);
    sample.text = sample.image_path = rest[i];
    if (rest[0] == "question-answering" && i + 1 < rest.size()) sample.context = rest[++i];
  }
  return request;
}

/// The graphs of a model with random weights instead, until this goes.
class Twin {
 public:
  Twin() : folder_(fs::temp_directory_path() / fmt::format("permille-bench-{}", getpid())) {}
  ~Twin() {
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  Twin(const Twin&) = delete;
  Twin& operator=(const Twin&) = delete;

  Result<ModelFiles> Of(ModelFiles files) {
    fs::create_directories(folder_);
    for (auto& [part, graph] : files.graphs) {
      const std::string twin = (folder_ / (part + ".onnx")).string();
      PERMILLE_TRY(WriteRandomTwin(graph, 1, twin));
      if (files.graph == graph) files.graph = twin;
      graph = twin;
    }
    return files;
  }

 private:
  fs::path folder_;
};

/// One query after the other, the sessions and the samples in turn.
class Queries {
 public:
  /// Every session's turn ends with its query; `shift`: one is passed over after every round, so
  /// that of two kinds each session meets each.
  Queries(const std::vector<Sample>& samples, bool shift) : samples_(samples), shift_(shift) {}
  Result<void> Add(const ModelFiles& files, const PredictorOptions& options) {
    PERMILLE_ASSIGN(LoadedPredictor loaded, MakePredictor(files, options));
    predictors_.push_back(std::move(loaded.predictor));
    return {};
  }
  Result<void> Next() {
    Predictor& predictor = *predictors_[(next_ + (shift_ ? next_ / kSessions : 0)) % kSessions];
    const Sample& sample = samples_[next_ / (kSessions * kSessions) % samples_.size()];
    ++next_;
    PERMILLE_ASSIGN(const Answer answer, predictor.Predict(std::span(&sample, 1)));
    output_tokens_ += answer.predictions.front().output_tokens;
    return {};
  }
  std::int64_t output_tokens() const { return output_tokens_; }

 private:
  const std::vector<Sample>& samples_;
  bool shift_;
  std::vector<std::unique_ptr<Predictor>> predictors_;
  std::size_t next_ = 0;
  std::int64_t output_tokens_ = 0;
};

Result<void> Bench(const std::vector<std::string>& arguments) {
  PERMILLE_ASSIGN(Request request, ReadArguments(arguments));
  PERMILLE_ASSIGN(const ModelFiles files, FindModel(request.model));
  Twin twin;
  PERMILLE_ASSIGN(const ModelFiles random_files, twin.Of(files));
  PERMILLE_ASSIGN(const auto engine, MakeOnnxEngine());
  request.options.engine = engine.get();
  Queries of_trained(request.samples, false);
  Queries of_random(request.samples, true);
  for (std::size_t i = 0; i < 2 * kSessions; ++i) {
    const bool is_trained = (i / 2) % 2 == i % 2;  // trained random, random trained, ...
    PERMILLE_TRY(is_trained ? of_trained.Add(files, request.options)
                            : of_random.Add(random_files, request.options));
  }
  PERMILLE_ASSIGN(const PairedCpu paired,
                  ComparePaired([&] { return of_trained.Next(); }, [&] { return of_random.Next(); },
                                request.pairs));
  if (of_trained.output_tokens() != of_random.output_tokens()) {
    return Fail(ErrorCode::kInvalid, "{}: trained weights wrote {} tokens, random ones {}",
                files.id, of_trained.output_tokens(), of_random.output_tokens());
  }
  fmt::print(
      "{:<22} {:<24} {:>5} pairs  trained {:>9.3f} ms  random {:>9.3f} ms  ratio {:.4f} (95 %: "
      "{:.4f} to {:.4f})  within {:.0f} %: {}\n",
      request.options.task, files.id, request.pairs, paired.a_ms, paired.b_ms, paired.ratio.median,
      paired.ratio.low, paired.ratio.high, kBudget * 100, Verdict(paired.ratio, kBudget));
  return {};
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  const auto done = permille::Bench({argv + 1, argv + argc});
  if (done) return 0;
  fmt::print(stderr, "weights: {}\n", done.error().message);
  return 1;
}
