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
    const std::byte* memory = nullptr;  ///< where they lay
  };
  using Graph = std::function<Result<std::vector<float>>(const std::vector<Input>&)>;

  struct Output {
    std::vector<std::int64_t> shape;
    std::vector<float> numbers;
  };
  using WholeGraph = std::function<Result<std::vector<Output>>(const std::vector<Input>&)>;

  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  Graph graph;       ///< gives the numbers of outputs[0]
  WholeGraph whole;  ///< where set: gives every output with its shape instead
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
      PERMILLE_ASSIGN(answers_, Compute(views));
      std::vector<TensorOutput> outputs;
      for (std::size_t i = 0; i < answers_.size(); ++i) {
        outputs.push_back({engine_.outputs[i].name, DType::kFloat32, answers_[i].shape,
                           std::as_bytes(std::span(answers_[i].numbers))});
      }
      return outputs;
    }
    Result<std::vector<std::unique_ptr<HeldTensor>>> RunHeld(
        std::span<const TensorView> views, std::span<const HeldInput> held) override {
      std::vector<TensorView> all(views.begin(), views.end());
      for (const HeldInput& input : held) {
        all.push_back(
            {input.name, input.tensor->type(), input.tensor->shape(), input.tensor->bytes()});
      }
      PERMILLE_ASSIGN(std::vector<Output> answers, Compute(all));
      std::vector<std::unique_ptr<HeldTensor>> outputs;
      for (Output& answer : answers) outputs.push_back(std::make_unique<Held>(std::move(answer)));
      return outputs;
    }
    void Cancel() override {}
    MemoryFigures memory() const override { return {}; }
    std::int64_t parameters() const override { return 42; }
    std::vector<std::pair<std::string, std::string>> facts() const override {
      return {{"engine", "scripted"}};
    }

   private:
    class Held : public HeldTensor {
     public:
      explicit Held(Output content) : content_(std::move(content)) {}
      DType type() const override { return DType::kFloat32; }
      std::span<const std::int64_t> shape() const override { return content_.shape; }
      std::span<const std::byte> bytes() const override {
        return std::as_bytes(std::span(content_.numbers));
      }

     private:
      Output content_;
    };

    Result<std::vector<Output>> Compute(std::span<const TensorView> views) {
      std::vector<Input>& call = engine_.calls.emplace_back();
      for (const TensorView& view : views) {
        call.push_back({std::string(view.name),
                        view.type,
                        {view.shape.begin(), view.shape.end()},
                        Numbers(view),
                        view.bytes.data()});
      }
      if (engine_.whole) return engine_.whole(call);
      PERMILLE_ASSIGN(std::vector<float> numbers, engine_.graph(call));
      const auto size = static_cast<std::int64_t>(numbers.size());
      return std::vector<Output>{{{size}, std::move(numbers)}};
    }
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
    std::vector<Output> answers_;
  };
};

}  // namespace permille
