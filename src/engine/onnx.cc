// SPDX-License-Identifier: Apache-2.0
#include "engine/mapped_file.h"
#include "engine/onnx_graph.h"
#include "engine/onnx_internal.h"
#include "engine/tensor_engine.h"
#include "engine/zstd_file.h"

namespace permille {
namespace {

/// A graph file in memory: mapped, or unpacked from .zst.
struct GraphFile {
  MappedFile mapped;
  std::string unpacked;
  bool compressed = false;

  std::span<const std::byte> bytes() const {
    return compressed ? std::as_bytes(std::span(unpacked)) : mapped.bytes();
  }
};

Result<GraphFile> ReadGraphFile(const std::string& path) {
  GraphFile file;
  PERMILLE_ASSIGN(file.mapped, MappedFile::Open(path));
  file.compressed = path.ends_with(".zst");
  if (file.compressed) {
    PERMILLE_ASSIGN(file.unpacked, DecompressZstd(file.mapped.bytes(), path));
  }
  return file;
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
  OnnxLibrary library_;
};

Result<void> OnnxEngine::Prepare(const std::string&, const WeightsSource&,
                                 std::span<const TensorView>) {
  return {};
}

Result<std::unique_ptr<TensorSession>> OnnxEngine::Load(const std::string& model_path,
                                                        const WeightsSource& weights,
                                                        const SessionOptions& options,
                                                        std::span<const TensorView>) {
  PERMILLE_TRY(options.Validate());
  PERMILLE_ASSIGN(const GraphFile file, ReadGraphFile(model_path));
  PERMILLE_ASSIGN(const OnnxGraph graph, OnnxGraph::Parse(file.bytes(), model_path));
  OnnxModel model;
  model.path = model_path;
  model.parameters = graph.Parameters();
  model.weights = graph.WeightBytes();
  model.weights_kind = "file";
  if (weights.kind != WeightsSource::Kind::kInFile || graph.weightless()) {
    return Fail(ErrorCode::kInvalid, "{}: a graph without weights", model_path);
  }
  if (file.compressed) model.bytes = file.bytes();
  return MakeOnnxSession(library_, model, options, {});
}

}  // namespace

Result<std::unique_ptr<TensorEngine>> MakeOnnxEngine(const std::string& library) {
  PERMILLE_ASSIGN(OnnxLibrary opened, OpenOnnxLibrary(library));
  return std::make_unique<OnnxEngine>(std::move(opened));
}

}  // namespace permille
