// SPDX-License-Identifier: Apache-2.0
// What permille itself costs in a query of each task: time outside Session::Run as a share of the
// query, by the predictor's own phase times.
//
//     task_overhead [--queries N] [--weights SPEC] [--new-tokens N] [--beams N] [--steps N]
//                   TASK MODEL INPUT...
//
// MODEL: a folder in Hugging Face layout, a model YAML, or an id. INPUT: texts, or image files for
// image tasks; question-answering takes pairs of question and passage. Budget for models of
// DistilBERT's size and larger: 3 %, and 5 % where text or an image is generated, step by step.
// bench/every_task makes the table of all ten.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/clock.h"
#include "base/stats.h"
#include "pipeline/pipeline.h"

namespace permille {
namespace {

constexpr std::string_view kUsage =
    "usage: task_overhead [--queries N] [--weights SPEC] [--new-tokens N] [--beams N] [--steps N] "
    "TASK MODEL INPUT...\n";

struct Request {
  std::size_t queries = 30;
  PredictorOptions options;
  std::string model;
  std::vector<Sample> samples;
};

bool OfImages(std::string_view task) {
  return task.starts_with("image-") || task == "object-detection";
}

bool Generates(std::string_view task) {
  return task == "text-generation" || task == "summarization" || task == "image-to-text" ||
         task == "text-to-image";
}

Result<void> ReadFlag(std::string_view flag, const std::string& value, Request& request) {
  GenerationOptions& generation = request.options.task_options.generation;
  if (flag == "--weights") {
    PERMILLE_ASSIGN(request.options.weights, WeightsSource::Parse(value));
    return {};
  }
  const long number = std::strtol(value.c_str(), nullptr, 10);
  if (number < 1) return Fail(ErrorCode::kInvalid, "{} {}: not a number above 0", flag, value);
  if (flag == "--queries") request.queries = static_cast<std::size_t>(number);
  if (flag == "--new-tokens") generation.max_new_tokens = number;
  if (flag == "--beams") generation.num_beams = number;
  if (flag == "--steps") request.options.task_options.diffusion.steps = number;
  return {};
}

Result<Request> ReadArguments(const std::vector<std::string>& arguments) {
  Request request;
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with("--") && i + 1 < arguments.size()) {
      PERMILLE_TRY(ReadFlag(arguments[i], arguments[i + 1], request));
      ++i;
    } else {
      rest.push_back(arguments[i]);
    }
  }
  if (rest.size() < 3) return Fail(ErrorCode::kInvalid, "{}", kUsage);
  request.options.task = rest[0];
  request.model = rest[1];
  const bool pairs = rest[0] == "question-answering";
  for (std::size_t i = 2; i < rest.size(); ++i) {
    Sample& sample = request.samples.emplace_back();
    sample.id = std::to_string(i - 2);
    (OfImages(rest[0]) ? sample.image_path : sample.text) = rest[i];
    if (pairs && i + 1 < rest.size()) sample.context = rest[++i];
  }
  return request;
}

struct Measured {
  std::vector<double> query_ms;
  std::vector<double> outside;  // share of the query
  std::vector<double> tokens;
};

/// The whole call as seen from outside, less what the predictor says was inside the engine.
Result<Measured> Measure(Predictor& predictor, const Request& request) {
  Measured measured;
  const std::size_t warmup = request.options.task == "text-to-image" ? 1 : 3;  // minutes each
  for (std::size_t i = 0; i < request.queries + warmup; ++i) {
    const Sample& sample = request.samples[i % request.samples.size()];
    const Instant begin = SteadyClock().Now();
    PERMILLE_ASSIGN(const Answer answer, predictor.Predict(std::span(&sample, 1)));
    const double query = (SteadyClock().Now() - begin).value();
    if (i < warmup) continue;
    measured.query_ms.push_back(query * 1e3);
    measured.outside.push_back(1 - answer.phases.forward.value() / query);
    measured.tokens.push_back(static_cast<double>(answer.predictions[0].output_tokens));
  }
  return measured;
}

Result<void> Print(const Request& request, const Measured& measured, std::int64_t parameters) {
  constexpr std::int64_t kBudgetFrom = 65'000'000;  // DistilBERT has 67 million
  const double budget = Generates(request.options.task) ? 0.05 : 0.03;
  const double outside = Median(measured.outside).value_or(0);
  const std::string_view verdict = parameters < kBudgetFrom ? "smaller than the budget is for:"
                                   : outside <= budget      ? "within"
                                                            : "OVER";
  fmt::print(
      "{:<22} {:<28} {:>7.1f} M  {:>9.2f} ms  {:>5.0f} tokens  outside {:>6.2f} %  ({} {:.0f} %)\n",
      request.options.task, request.model, static_cast<double>(parameters) / 1e6,
      Median(measured.query_ms).value_or(0), Median(measured.tokens).value_or(0), outside * 100,
      verdict, budget * 100);
  return {};
}

Result<void> Run(const std::vector<std::string>& arguments) {
  PERMILLE_ASSIGN(Request request, ReadArguments(arguments));
  PERMILLE_ASSIGN(const ModelFiles files, FindModel(request.model));
  PERMILLE_ASSIGN(const auto engine, MakeOnnxEngine());
  request.options.engine = engine.get();
  PERMILLE_TRY(PreparePredictor(files, request.options));
  PERMILLE_ASSIGN(const LoadedPredictor loaded, MakePredictor(files, request.options));
  PERMILLE_ASSIGN(const Measured measured, Measure(*loaded.predictor, request));
  return Print(request, measured, loaded.parameters);
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  const auto done = permille::Run({argv + 1, argv + argc});
  if (done) return 0;
  fmt::print(stderr, "{}\n", done.error().message);
  return 1;
}
