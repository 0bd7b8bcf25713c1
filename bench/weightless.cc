// SPDX-License-Identifier: Apache-2.0
// Whether a graph without weights, with random ones beside it, runs as fast as a normal export that
// holds the same numbers.
//
//     weightless GRAPH [PAIRS]
//
// GRAPH: test/data/onnx/bert-base-encoder.onnx.zst. 128 tokens, one thread, CPU time, pairs of runs
// one right after the other. Where a session's memory happens to lie makes a difference of 1 % to
// 3 % between two sessions, of the same file too, so there are several sessions of each, made in
// turn, and the ratio is over all pairs of one with one. Budget: within 2 %.

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "engine/tensor_engine.h"
#include "paired_cpu.h"
#include "random_twin.h"

namespace permille {
namespace {

constexpr std::int64_t kTokens = 128;
constexpr double kBudget = 0.02;
constexpr std::size_t kSessions = 2;  ///< of each kind

class TokenRun {
 public:
  explicit TokenRun(TensorSession& session) : session_(session) {
    for (std::int64_t i = 0; i < kTokens; ++i) ids_.push_back(1000 + 7 * i);
    for (const TensorInfo& input : session.inputs()) {
      const auto& values = input.name == "attention_mask" ? ones_ : ids_;
      views_.push_back({input.name, DType::kInt64, shape_, std::as_bytes(std::span(values))});
    }
  }
  TokenRun(const TokenRun&) = delete;
  TokenRun& operator=(const TokenRun&) = delete;

  Result<void> operator()() {
    PERMILLE_TRY(session_.Run(views_));
    return {};
  }

 private:
  TensorSession& session_;
  std::vector<std::int64_t> shape_{1, kTokens};
  std::vector<std::int64_t> ids_;
  std::vector<std::int64_t> ones_ = std::vector<std::int64_t>(kTokens, 1);
  std::vector<TensorView> views_;
};

/// Sessions in turn; `shift`: one is passed over after every round, so that of two kinds each
/// session meets each.
class Turns {
 public:
  Turns(const std::vector<std::unique_ptr<TensorSession>>& sessions, bool shift) : shift_(shift) {
    for (const auto& session : sessions) runs_.push_back(std::make_unique<TokenRun>(*session));
  }
  Result<void> Next() {
    const std::size_t turn = next_ + (shift_ ? next_ / kSessions : 0);
    ++next_;
    return (*runs_[turn % kSessions])();
  }

 private:
  bool shift_;
  std::vector<std::unique_ptr<TokenRun>> runs_;
  std::size_t next_ = 0;
};

Result<void> Bench(const std::string& graph, std::size_t pairs) {
  namespace fs = std::filesystem;
  const fs::path whole = fs::temp_directory_path() / "permille-bench-whole.onnx";
  PERMILLE_TRY(WriteRandomTwin(graph, 1, whole.string()));
  PERMILLE_ASSIGN(const auto engine, MakeOnnxEngine());
  PERMILLE_ASSIGN(const WeightsSource random, WeightsSource::Parse("random:1"));
  std::vector<std::unique_ptr<TensorSession>> normal;
  std::vector<std::unique_ptr<TensorSession>> weightless;
  SessionOptions options;
  options.threads = 1;
  options.spinning = false;
  // The first takes turns as well: normal weightless, weightless normal, ...
  for (std::size_t i = 0; i < 2 * kSessions; ++i) {
    if ((i / 2) % 2 == i % 2) {
      PERMILLE_ASSIGN(auto session, engine->Load(whole.string(), {}, options));
      normal.push_back(std::move(session));
    } else {
      PERMILLE_ASSIGN(auto session, engine->Load(graph, random, options));
      weightless.push_back(std::move(session));
    }
  }
  fs::remove(whole);
  Turns of_normal(normal, false);
  Turns of_weightless(weightless, true);
  PERMILLE_ASSIGN(
      const PairedCpu paired,
      ComparePaired([&] { return of_normal.Next(); }, [&] { return of_weightless.Next(); }, pairs));
  fmt::print(
      "{} pairs of {} tokens, CPU time: normal export {:.2f} ms, weightless with random weights "
      "{:.2f} ms\nratio {:.4f} (95 %: {:.4f} to {:.4f}); budget: within {:.0f} %: {}\n",
      pairs, kTokens, paired.a_ms, paired.b_ms, paired.ratio.median, paired.ratio.low,
      paired.ratio.high, kBudget * 100, Verdict(paired.ratio, kBudget));
  return {};
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: weightless test/data/onnx/bert-base-encoder.onnx.zst [PAIRS]\n");
    return 2;
  }
  const auto pairs = static_cast<std::size_t>(argc > 2 ? std::max(10L, std::atol(argv[2])) : 500);
  const auto done = permille::Bench(argv[1], pairs);
  if (!done) fmt::print(stderr, "weightless: {}\n", done.error().message);
  return done ? 0 : 1;
}
