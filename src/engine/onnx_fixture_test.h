// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "engine/onnx_internal.h"
#include "engine/tensor_engine.h"

namespace permille {

/// A file of test/data/onnx (tools/make_onnx_fixtures.py, tools/export/export.py,
/// tools/export/golden.py).
inline std::string OnnxFixture(const std::string& name) {
  return std::string(PERMILLE_SOURCE_DIR) + "/test/data/onnx/" + name;
}
inline std::string DistilbertGraph() {
  return std::string(PERMILLE_SOURCE_DIR) +
         "/models/distilbert-base-uncased-finetuned-sst-2-english/graph.onnx.zst";
}

/// A tensor with its own memory.
struct OwnedTensor {
  std::string name;
  DType type = DType::kFloat32;
  std::vector<std::int64_t> shape;
  std::string bytes;

  template <class T>
  static OwnedTensor Of(std::string name, DType type, std::vector<std::int64_t> shape,
                        const std::vector<T>& values) {
    return {std::move(name), type, std::move(shape),
            std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T))};
  }
  static OwnedTensor Floats(std::string name, std::vector<std::int64_t> shape,
                            const std::vector<float>& values) {
    return Of(std::move(name), DType::kFloat32, std::move(shape), values);
  }
  static OwnedTensor Integers(std::string name, std::vector<std::int64_t> shape,
                              const std::vector<std::int64_t>& values) {
    return Of(std::move(name), DType::kInt64, std::move(shape), values);
  }
  TensorView view() const { return {name, type, shape, std::as_bytes(std::span(bytes))}; }
};

inline std::vector<TensorView> Views(const std::vector<OwnedTensor>& tensors) {
  std::vector<TensorView> views;
  for (const OwnedTensor& tensor : tensors) views.push_back(tensor.view());
  return views;
}

/// Tests that need ONNX Runtime; skipped, and said so, where the build found none.
class WithOnnxRuntime : public ::testing::Test {
 protected:
  void SetUp() override {
    auto engine = MakeOnnxEngine();
    if (!engine) GTEST_SKIP() << engine.error().message;
    engine_ = std::move(*engine);
  }

  Result<std::unique_ptr<TensorSession>> Load(const std::string& path,
                                              const std::string& weights = "file",
                                              SessionOptions options = {}) {
    auto source = WeightsSource::Parse(weights);
    if (!source) return Fail(source.error());
    return engine_->Load(path, *source, options);
  }
  /// The message of a Load that must fail.
  std::string LoadError(const std::string& path, const std::string& weights = "file",
                        SessionOptions options = {}) {
    auto session = Load(path, weights, std::move(options));
    return session ? "no error" : session.error().message;
  }

  std::unique_ptr<TensorEngine> engine_;
};

}  // namespace permille
