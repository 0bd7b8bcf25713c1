// SPDX-License-Identifier: Apache-2.0
// Memory of its own (RssAnon) that a model needs to be loaded and to answer once, beside its
// weights.
//
//     memory TASK MODEL WEIGHTS INPUT
//
// WEIGHTS: as for --weights. Weights are mapped from their files; what the engine keeps of them a
// second time, in an order that suits its products, is its own. Budget: 1.15 times the weights and
// 200 MB, from the first byte to the answer, sampled every 2 ms.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string_view>
#include <thread>

#include "base/file.h"
#include "engine/graph_file.h"
#include "engine/onnx_graph.h"
#include "pipeline/pipeline.h"

namespace permille {
namespace {

double OwnBytes() {
  const auto status = ReadFile("/proc/self/status");
  const std::size_t at = status ? status->find("RssAnon:") : std::string::npos;
  return at == std::string::npos ? 0 : std::strtod(status->c_str() + at + 8, nullptr) * 1024;
}

/// The most memory seen while it lives.
class Watch {
 public:
  Watch()
      : thread_([this](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            most_ = std::max(most_.load(), OwnBytes());
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
          }
        }) {}
  double most() const { return most_; }

 private:
  std::atomic<double> most_ = 0;
  std::jthread thread_;
};

Result<Bytes> WeightsOf(const ModelFiles& files) {
  Bytes sum(0);
  std::set<std::string> seen;
  for (const auto& [part, path] : files.graphs) {
    if (!seen.insert(path).second) continue;
    PERMILLE_ASSIGN(const GraphFile file, GraphFile::Read(path));
    PERMILLE_ASSIGN(const OnnxGraph graph, OnnxGraph::Parse(file.bytes(), path));
    sum += graph.WeightBytes();
  }
  return sum;
}

Result<void> Bench(const std::vector<std::string>& arguments) {
  PERMILLE_ASSIGN(const ModelFiles files, FindModel(arguments[1]));
  PERMILLE_ASSIGN(const Bytes weights, WeightsOf(files));
  PredictorOptions options;
  options.task = arguments[0];
  PERMILLE_ASSIGN(options.weights, WeightsSource::Parse(arguments[2]));
  options.session.spinning = false;
  options.task_options.generation.max_new_tokens = 10;
  options.task_options.diffusion.steps = 1;
  PERMILLE_ASSIGN(const auto engine, MakeOnnxEngine());
  options.engine = engine.get();
  Sample sample;
  sample.text = sample.context = sample.image_path = arguments[3];
  const Watch watch;
  PERMILLE_TRY(PreparePredictor(files, options));
  const double prepared = watch.most();
  PERMILLE_ASSIGN(const LoadedPredictor loaded, MakePredictor(files, options));
  const double after = OwnBytes();
  PERMILLE_TRY(loaded.predictor->Predict(std::span(&sample, 1)));
  const double budget = 1.15 * weights.value() + 200e6;
  fmt::print(
      "{:<28} {:<10} weights {:8.1f} MB, own: most while made ready {:8.1f}, after load {:8.1f}, "
      "most {:8.1f}; budget {:8.1f}: {}\n",
      files.id, loaded.weights, weights.value() / 1e6, prepared / 1e6, after / 1e6,
      watch.most() / 1e6, budget / 1e6, watch.most() <= budget ? "kept" : "EXCEEDED");
  return {};
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: memory TASK MODEL WEIGHTS INPUT\n");
    return 2;
  }
  const auto done = permille::Bench({argv + 1, argv + argc});
  if (!done) fmt::print(stderr, "memory: {}\n", done.error().message);
  return done ? 0 : 1;
}
