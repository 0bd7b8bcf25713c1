// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <map>

#include "base/hash.h"
#include "engine/checkpoint.h"
#include "engine/graph_file.h"
#include "engine/half_graph.h"
#include "engine/onnx_graph.h"
#include "engine/onnx_internal.h"
#include "engine/quantise.h"
#include "engine/random_weights.h"
#include "engine/tensor_engine.h"
#include "engine/weights.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

std::string CacheKey(std::span<const std::byte> graph, const WeightsSource& weights,
                     std::span<const TensorView> calibration) {
  const auto text = [](std::span<const std::byte> bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  std::string key = fmt::format("{}:{}:{}", HashHex(text(graph)), weights.seed, weights.stats);
  for (const TensorView& view : calibration) {
    key +=
        fmt::format(":{}:{}:{}", view.name, fmt::join(view.shape, ","), HashHex(text(view.bytes)));
  }
  return key;
}

std::string FolderOf(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

class OnnxEngine : public TensorEngine {
 public:
  explicit OnnxEngine(OnnxLibrary library) : library_(std::move(library)) {}

  std::string version() const override { return library_.version; }
  std::vector<std::string> providers() const override {
    return AvailableProviders(library_).value_or(std::vector<std::string>());
  }
  Result<void> Prepare(const std::string& model_path, const WeightsSource& weights,
                       std::span<const TensorView> calibration) override;
  Result<std::unique_ptr<TensorSession>> Load(const std::string& model_path,
                                              const WeightsSource& weights,
                                              const SessionOptions& options,
                                              std::span<const TensorView> calibration) override;

 private:
  struct Source {
    OnnxRewrite rewrite;
    std::string folder;  ///< of external files
    std::string kind;    ///< "file", "safetensors", "random:7"
    bool rewrites = false;
  };
  Result<Source> FindWeights(const GraphFile& file, const OnnxGraph& graph,
                             const std::string& model_path, const WeightsSource& weights,
                             std::span<const TensorView> calibration);
  Result<const RandomWeights*> Random(const GraphFile& file, const OnnxGraph& graph,
                                      const std::string& model_path, const WeightsSource& weights,
                                      std::span<const TensorView> calibration);

  OnnxLibrary library_;
  std::map<std::string, RandomWeights> random_;  ///< already made, by graph, seed and batch
};

Result<const RandomWeights*> OnnxEngine::Random(const GraphFile& file, const OnnxGraph& graph,
                                                const std::string& model_path,
                                                const WeightsSource& weights,
                                                std::span<const TensorView> calibration) {
  const std::string key = CacheKey(file.bytes(), weights, calibration);
  const auto known = random_.find(key);
  if (known != random_.end()) return &known->second;
  RandomWeightsOptions options{weights.seed};
  if (!weights.stats.empty()) {
    PERMILLE_ASSIGN(options.stats, ReadWeightStats(weights.stats));
  }
  PERMILLE_ASSIGN(RandomWeights made,
                  MakeRandomWeights(library_, graph, model_path, options, calibration));
  return &random_.emplace(key, std::move(made)).first->second;
}

Result<void> CheckWeightsGiven(const OnnxGraph& graph, const WeightsSource& weights,
                               const std::string& model_path) {
  if (graph.weightless() && weights.kind == WeightsSource::Kind::kInFile) {
    return Fail(ErrorCode::kInvalid,
                "{}: a graph without its weights; give a .safetensors file or random (--weights)",
                model_path);
  }
  if (!graph.weightless() && weights.kind == WeightsSource::Kind::kRandom) {
    return Fail(
        ErrorCode::kInvalid,
        "{}: holds its own weights; random ones are for graphs without (docs/formats/model.md)",
        model_path);
  }
  return {};
}

Result<void> OnnxEngine::Prepare(const std::string& model_path, const WeightsSource& weights,
                                 std::span<const TensorView> calibration) {
  if (weights.kind != WeightsSource::Kind::kRandom) return {};
  PERMILLE_ASSIGN(const GraphFile file, GraphFile::Read(model_path));
  PERMILLE_ASSIGN(const OnnxGraph graph, OnnxGraph::Parse(file.bytes(), model_path));
  PERMILLE_TRY(CheckWeightsGiven(graph, weights, model_path));
  PERMILLE_TRY(Random(file, graph, model_path, weights, calibration));
  return {};
}

/// Where the weights of a graph are found, and how the graph has to be written for that.
Result<OnnxEngine::Source> OnnxEngine::FindWeights(const GraphFile& file, const OnnxGraph& graph,
                                                   const std::string& model_path,
                                                   const WeightsSource& weights,
                                                   std::span<const TensorView> calibration) {
  // A packed graph so small that nothing was cut out of it holds no weights either.
  const bool placed = graph.weightless() ||
                      (file.compressed() && weights.kind == WeightsSource::Kind::kSafetensors);
  if (!placed) {
    PERMILLE_ASSIGN(std::optional<FollowedLinks> links, FollowExternalLinks(graph, model_path));
    if (links) return Source{std::move(links->rewrite), std::move(links->folder), "file", true};
    return Source{{}, FolderOf(model_path), "file", false};
  }
  if (weights.kind == WeightsSource::Kind::kRandom) {
    PERMILLE_ASSIGN(const RandomWeights* const random,
                    Random(file, graph, model_path, weights, calibration));
    return Source{random->rewrite, random->scratch->folder(),
                  fmt::format("random:{}", weights.seed), true};
  }
  // ONNX Runtime refuses files outside the folder it is given, so a Hub cache's links have been
  // followed.
  PERMILLE_ASSIGN(const Checkpoint checkpoint, Checkpoint::Open(weights.path));
  PERMILLE_ASSIGN(OnnxRewrite rewrite, PlaceTrained(graph, checkpoint, model_path));
  return Source{std::move(rewrite), checkpoint.folder, "safetensors", true};
}

Result<std::unique_ptr<TensorSession>> OnnxEngine::Load(const std::string& model_path,
                                                        const WeightsSource& weights,
                                                        const SessionOptions& options,
                                                        std::span<const TensorView> calibration) {
  PERMILLE_TRY(options.Validate());
  PERMILLE_ASSIGN(const GraphFile file, GraphFile::Read(model_path));
  PERMILLE_ASSIGN(const OnnxGraph graph, OnnxGraph::Parse(file.bytes(), model_path));
  PERMILLE_TRY(CheckWeightsGiven(graph, weights, model_path));
  OnnxModel model{model_path, {}, graph.Parameters(), graph.WeightBytes(), {}};
  if (weights.kind != WeightsSource::Kind::kRandom) {
    PERMILLE_TRY(CheckMemory(model.weights, model_path));
  }
  PERMILLE_ASSIGN(const Source source, FindWeights(file, graph, model_path, weights, calibration));
  model.weights_kind = source.kind;
  SessionTuning tuning;
  std::string rewritten;
  // The library maps their files when it makes the session.
  std::optional<QuantisedModel> quantised;
  std::optional<HalfModel> half;
  if (options.precision == Precision::kInt8) {
    PERMILLE_ASSIGN(quantised, Quantise(graph, source.rewrite, source.folder, model_path));
    model.bytes = std::as_bytes(std::span(quantised->model));
    tuning.external_folder = quantised->scratch->folder();
  } else if (options.precision == Precision::kFloat16) {
    PERMILLE_ASSIGN(half, MakeHalf(graph, source.rewrite, source.folder, model_path));
    model.bytes = std::as_bytes(std::span(half->model));
    tuning.external_folder = half->scratch->folder();
  } else if (source.rewrites) {
    rewritten = RewriteOnnx(graph, source.rewrite);
    model.bytes = std::as_bytes(std::span(rewritten));
    tuning.external_folder = source.folder;
  } else if (file.compressed()) {
    model.bytes = file.bytes();
    tuning.external_folder = source.folder;
  }
  return MakeOnnxSession(library_, model, options, tuning);
}

}  // namespace

Result<std::unique_ptr<TensorEngine>> MakeOnnxEngine(const std::string& library) {
  PERMILLE_ASSIGN(OnnxLibrary opened, OpenOnnxLibrary(library));
  return std::make_unique<OnnxEngine>(std::move(opened));
}

}  // namespace permille
