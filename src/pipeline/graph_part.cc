// SPDX-License-Identifier: Apache-2.0
#include "pipeline/graph_part.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pipeline/hf_layout.h"

namespace permille {
namespace {

template <class To, class From>
std::vector<std::byte> Converted(std::span<const From> numbers) {
  std::vector<std::byte> bytes(numbers.size() * sizeof(To));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const To number = static_cast<To>(numbers[i]);
    std::memcpy(bytes.data() + i * sizeof(To), &number, sizeof(To));
  }
  return bytes;
}

}  // namespace

Result<GraphPart> GraphPart::Load(const ModelFiles& files, const std::string& part,
                                  const PredictorOptions& options, TensorEngine& engine) {
  const auto graph = files.graphs.find(part);
  if (graph == files.graphs.end()) {
    return Fail(ErrorCode::kInvalid, "{}: no graph {} (looked for {}/model.onnx)", files.id, part,
                part);
  }
  GraphPart made;
  made.origin_ = graph->second;
  PERMILLE_ASSIGN(const WeightsSource weights, PartWeights(graph->second, options.weights, part));
  PERMILLE_ASSIGN(made.session_, engine.Load(graph->second, weights, options.session));
  return made;
}

const TensorInfo* GraphPart::Find(std::string_view input) const {
  const auto& inputs = session_->inputs();
  const auto at = std::find_if(inputs.begin(), inputs.end(),
                               [&](const TensorInfo& each) { return each.name == input; });
  return at == inputs.end() ? nullptr : &*at;
}

Result<const TensorInfo*> GraphPart::Require(std::string_view input) const {
  if (const TensorInfo* const found = Find(input)) return found;
  return Fail(ErrorCode::kInvalid, "{}: the graph has no input {}", origin_, input);
}

Result<void> GraphPart::Give(std::string_view input, std::vector<std::int64_t> shape,
                             std::span<const float> numbers) {
  PERMILLE_ASSIGN(const TensorInfo* const info, Require(input));
  Input& given = inputs_[info->name];
  given.shape = std::move(shape);
  if (info->shape.empty()) given.shape.clear();
  switch (info->type) {
    case DType::kFloat32:
      given.bytes = std::as_bytes(numbers);
      return {};
    case DType::kInt64:
      given.converted = Converted<std::int64_t>(numbers);
      break;
    case DType::kFloat64:
      given.converted = Converted<double>(numbers);
      break;
    default:
      return Fail(ErrorCode::kInvalid, "{}: input {} of the graph is {}, expected float32", origin_,
                  input, Name(info->type));
  }
  given.bytes = given.converted;
  return {};
}

Result<void> GraphPart::GiveIds(std::string_view input, std::vector<std::int64_t> shape,
                                std::span<const std::int64_t> ids) {
  PERMILLE_ASSIGN(const TensorInfo* const info, Require(input));
  if (info->type != DType::kInt64 && info->type != DType::kInt32) {
    return Fail(ErrorCode::kInvalid, "{}: input {} of the graph is {}; ids are int64 or int32",
                origin_, input, Name(info->type));
  }
  Input& given = inputs_[info->name];
  given.shape = std::move(shape);
  given.converted =
      info->type == DType::kInt64 ? Converted<std::int64_t>(ids) : Converted<std::int32_t>(ids);
  given.bytes = given.converted;
  return {};
}

Result<void> GraphPart::Run(Clock& clock, Seconds& forward) {
  std::vector<TensorView> views;
  for (const TensorInfo& info : session_->inputs()) {
    const auto given = inputs_.find(info.name);
    if (given == inputs_.end()) {
      return Fail(ErrorCode::kInvalid, "{}: input {} of the graph is none that this task fills",
                  origin_, info.name);
    }
    views.push_back({info.name, info.type, given->second.shape, given->second.bytes});
  }
  const Instant begin = clock.Now();
  auto outputs = session_->Run(views);
  forward += clock.Now() - begin;
  if (!outputs) return Fail(outputs.error());
  outputs_ = std::move(*outputs);
  return {};
}

Result<const TensorOutput*> GraphPart::FindOutput(std::string_view name) const {
  const TensorOutput* found = nullptr;
  std::string known;
  for (const TensorOutput& output : outputs_) {
    if (output.name == name) return &output;
    if (output.name.starts_with(name) && !found) found = &output;
    known += (known.empty() ? "" : ", ") + std::string(output.name);
  }
  if (found) return found;
  return Fail(ErrorCode::kInvalid, "{}: the graph has no output {} (it has: {})", origin_, name,
              known);
}

Result<std::span<const float>> GraphPart::Output(std::string_view name,
                                                 std::vector<std::int64_t>* shape) {
  PERMILLE_ASSIGN(const TensorOutput* const output, FindOutput(name));
  if (output->type != DType::kFloat32) {
    return Fail(ErrorCode::kInvalid, "{}: output {} of the graph is {}, expected float32", origin_,
                name, Name(output->type));
  }
  if (shape) *shape = output->shape;
  return output->as<float>();
}

Result<std::vector<bool>> GraphPart::Flags(std::string_view name) {
  PERMILLE_ASSIGN(const TensorOutput* const output, FindOutput(name));
  if (output->type != DType::kBool) {
    return Fail(ErrorCode::kInvalid, "{}: output {} of the graph is {}, expected bool", origin_,
                name, Name(output->type));
  }
  std::vector<bool> flags;
  for (const std::byte byte : output->bytes) flags.push_back(byte != std::byte{0});
  return flags;
}

}  // namespace permille
