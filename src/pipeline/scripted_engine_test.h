// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/tensor_engine.h"

namespace permille {

/// A tensor engine whose graph is a C++ function, for tests: it has the inputs and outputs it is
/// told to have, keeps what it was given, and answers what the function says.
class ScriptedEngine : public TensorEngine {
 public:
  struct Input {
    std::string name;
    DType type;
    std::vector<std::int64_t> shape;
    std::vector<double> numbers;
  };
  using Graph = std::function<Result<std::vector<float>>(const std::vector<Input>&)>;

  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  Graph graph;  ///< gives the numbers of outputs[0]
  std::vector<std::vector<Input>> calls;
  int prepared = 0;

  std::string version() const override { return "1.0"; }
  std::vector<std::string> providers() const override { return {"cpu"}; }
  Result<void> Prepare(const std::string&, const WeightsSource&,
                       std::span<const TensorView>) override {
    ++prepared;
    return {};
  }
  Result<std::unique_ptr<TensorSession>> Load(const std::string&, const WeightsSource&,
                                              const SessionOptions&,
                                              std::span<const TensorView>) override {
    return std::unique_ptr<TensorSession>(std::make_unique<Session>(*this));
  }

 private:
  class Session : public TensorSession {
   public:
    explicit Session(ScriptedEngine& engine) : engine_(engine) {}
    const std::vector<TensorInfo>& inputs() const override { return engine_.inputs; }
    const std::vector<TensorInfo>& outputs() const override { return engine_.outputs; }
    Result<std::vector<TensorOutput>> Run(std::span<const TensorView> views) override {
      std::vector<Input>& call = engine_.calls.emplace_back();
      for (const TensorView& view : views) {
        call.push_back({std::string(view.name),
                        view.type,
                        {view.shape.begin(), view.shape.end()},
                        Numbers(view)});
      }
      PERMILLE_ASSIGN(answer_, engine_.graph(call));
      TensorOutput output;
      output.name = engine_.outputs[0].name;
      output.type = DType::kFloat32;
      output.shape = {static_cast<std::int64_t>(answer_.size())};
      output.bytes = std::as_bytes(std::span(answer_));
      return std::vector<TensorOutput>{output};
    }
    void Cancel() override {}
    MemoryFigures memory() const override { return {}; }
    std::int64_t parameters() const override { return 42; }
    std::vector<std::pair<std::string, std::string>> facts() const override {
      return {{"engine", "scripted"}};
    }

   private:
    template <class T>
    static void Append(const TensorView& view, std::vector<double>& out) {
      for (std::size_t at = 0; at < view.bytes.size(); at += sizeof(T)) {
        T value;
        std::memcpy(&value, view.bytes.data() + at, sizeof(T));
        out.push_back(static_cast<double>(value));
      }
    }
    static std::vector<double> Numbers(const TensorView& view) {
      std::vector<double> out;
      if (view.type == DType::kInt64) Append<std::int64_t>(view, out);
      if (view.type == DType::kInt32) Append<std::int32_t>(view, out);
      if (view.type == DType::kFloat32) Append<float>(view, out);
      return out;
    }
    ScriptedEngine& engine_;
    std::vector<float> answer_;
  };
};

}  // namespace permille
