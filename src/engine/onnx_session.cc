// SPDX-License-Identifier: Apache-2.0
#include <onnxruntime_c_api.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "base/file.h"
#include "engine/denormals.h"
#include "engine/onnx_internal.h"
#include "engine/run_watchdog.h"

namespace permille {
namespace {

constexpr std::array<std::pair<DType, ONNXTensorElementDataType>, 9> kTypes{
    {{DType::kFloat32, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT},
     {DType::kFloat16, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16},
     {DType::kBFloat16, ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16},
     {DType::kFloat64, ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE},
     {DType::kInt64, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64},
     {DType::kInt32, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32},
     {DType::kInt8, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8},
     {DType::kUint8, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8},
     {DType::kBool, ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL}}};

ONNXTensorElementDataType ToOrt(DType type) {
  return kTypes[static_cast<std::size_t>(type)].second;
}

std::optional<DType> FromOrt(ONNXTensorElementDataType type) {
  for (const auto& [ours, theirs] : kTypes) {
    if (theirs == type) return ours;
  }
  return std::nullopt;
}

/// `VmRSS` and the like out of /proc/self/status, which counts in kB.
std::optional<Bytes> StatusBytes(std::string_view status, std::string_view key) {
  const std::size_t at = status.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = status.substr(at + key.size());
  const std::size_t digit = rest.find_first_of("0123456789");
  if (digit == std::string_view::npos) return std::nullopt;
  return Bytes(std::strtod(std::string(rest.substr(digit, 20)).c_str(), nullptr) * 1024);
}

std::string Shape(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ",", shape[i] < 0 ? "?" : std::to_string(shape[i]));
  }
  return text + "]";
}

/// An input tensor kept between runs: a caller that reuses its buffer pays for it once.
struct Shell {
  const std::byte* data = nullptr;
  std::size_t size = 0;
  std::vector<std::int64_t> shape;
  OrtHandle<OrtValue> value;
};

/// An output handed over: the library's own value, so that it can be an input again as it is.
class OnnxHeldTensor : public HeldTensor {
 public:
  OnnxHeldTensor(const OrtApi* api, OrtHandle<OrtValue> value, TensorOutput content)
      : api_(api), value_(std::move(value)), content_(std::move(content)) {}
  DType type() const override { return content_.type; }
  std::span<const std::int64_t> shape() const override { return content_.shape; }
  std::span<const std::byte> bytes() const override { return content_.bytes; }
  const OrtApi* api() const { return api_; }
  const OrtValue* value() const { return value_.get(); }

 private:
  const OrtApi* api_;
  OrtHandle<OrtValue> value_;
  TensorOutput content_;
};

class OnnxSession : public TensorSession {
 public:
  OnnxSession(OnnxLibrary library, OnnxModel model, SessionOptions options)
      : library_(std::move(library)), model_(std::move(model)), options_(std::move(options)) {}

  Result<void> Create(const SessionTuning& tuning);

  const std::vector<TensorInfo>& inputs() const override { return inputs_; }
  const std::vector<TensorInfo>& outputs() const override { return outputs_; }
  Result<std::vector<TensorOutput>> Run(std::span<const TensorView> inputs) override;
  Result<std::vector<std::unique_ptr<HeldTensor>>> RunHeld(
      std::span<const TensorView> inputs, std::span<const HeldInput> held) override;
  void Cancel() override;
  MemoryFigures memory() const override { return memory_; }
  std::int64_t parameters() const override { return model_.parameters; }
  std::vector<std::pair<std::string, std::string>> facts() const override;

 private:
  enum class Side { kInput, kOutput };
  Result<void> Describe(Side side);
  Result<std::optional<TensorInfo>> DescribeOne(Side side, std::size_t index);
  Result<void> Bind(std::span<const TensorView> inputs, std::span<const HeldInput> held);
  Result<void> BindView(std::size_t index, const TensorView& view);
  Result<void> BindHeld(std::size_t index, const HeldTensor& tensor);
  Result<void> CheckFit(const TensorInfo& info, const TensorView& view) const;
  Error Mismatch(std::span<const TensorView> inputs, std::span<const HeldInput> held) const;
  Result<void> Execute();
  Result<TensorOutput> Collect(std::size_t index) const;
  void ReadMemory();

  OnnxLibrary library_;
  OnnxModel model_;
  SessionOptions options_;
  OrtHandle<OrtEnv> env_;
  OrtHandle<OrtMemoryInfo> cpu_;
  OrtHandle<OrtSession> session_;
  OrtHandle<OrtRunOptions> run_options_;
  std::vector<TensorInfo> inputs_;
  std::vector<TensorInfo> outputs_;
  std::vector<const char*> input_names_;
  std::vector<const char*> output_names_;
  std::vector<Shell> shells_;
  std::vector<const OrtValue*> input_values_;
  std::vector<OrtHandle<OrtValue>> output_values_;
  std::vector<OrtValue*> raw_outputs_;
  MemoryFigures memory_;
  std::atomic<bool> cancelled_ = false;
  std::optional<RunWatchdog> watchdog_;  // last: its thread ends before what it touches
};

Result<void> OnnxSession::Create(const SessionTuning& tuning) {
  const OrtApi& api = *library_.api;
  const DenormalMode mode(options_.denormals_as_zero);
  PERMILLE_ASSIGN(env_, MakeOrtEnv(library_));
  PERMILLE_ASSIGN(const OrtHandle<OrtSessionOptions> options,
                  MakeOrtOptions(library_, options_, tuning));
  OrtSession* session = nullptr;
  OrtStatus* const status =
      model_.bytes.empty()
          ? api.CreateSession(env_.get(), model_.path.c_str(), options.get(), &session)
          : api.CreateSessionFromArray(env_.get(), model_.bytes.data(), model_.bytes.size(),
                                       options.get(), &session);
  PERMILLE_TRY(CheckOrt(library_, status, model_.path));
  session_ = OrtHandle<OrtSession>(session, OrtRelease{&api});
  model_.bytes = {};

  OrtRunOptions* run_options = nullptr;
  PERMILLE_TRY(CheckOrt(library_, api.CreateRunOptions(&run_options), "onnxruntime: run options"));
  run_options_ = OrtHandle<OrtRunOptions>(run_options, OrtRelease{&api});
  OrtMemoryInfo* cpu = nullptr;
  PERMILLE_TRY(CheckOrt(library_,
                        api.CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &cpu),
                        "onnxruntime: memory"));
  cpu_ = OrtHandle<OrtMemoryInfo>(cpu, OrtRelease{&api});
  PERMILLE_TRY(Describe(Side::kInput));
  PERMILLE_TRY(Describe(Side::kOutput));
  if (options_.time_limit) {
    watchdog_.emplace(*options_.time_limit, [this] {
      // Only fails for a null pointer.
      if (OrtStatus* const error = library_.api->RunOptionsSetTerminate(run_options_.get())) {
        library_.api->ReleaseStatus(error);
      }
    });
  }
  ReadMemory();
  return {};
}

Result<void> OnnxSession::Describe(Side side) {
  const OrtApi& api = *library_.api;
  const bool input = side == Side::kInput;
  std::size_t count = 0;
  PERMILLE_TRY(CheckOrt(library_,
                        input ? api.SessionGetInputCount(session_.get(), &count)
                              : api.SessionGetOutputCount(session_.get(), &count),
                        model_.path));
  std::vector<TensorInfo>& infos = input ? inputs_ : outputs_;
  for (std::size_t i = 0; i < count; ++i) {
    PERMILLE_ASSIGN(std::optional<TensorInfo> info, DescribeOne(side, i));
    if (info) infos.push_back(std::move(*info));
  }
  if (infos.empty() && !input) {
    return Fail(ErrorCode::kInvalid, "{}: no output is a tensor of numbers", model_.path);
  }
  for (const TensorInfo& info : infos) {
    (input ? input_names_ : output_names_).push_back(info.name.c_str());
  }
  if (input) {
    shells_.resize(infos.size());
    input_values_.resize(infos.size());
  } else {
    output_values_.resize(infos.size());
    raw_outputs_.resize(infos.size());
  }
  return {};
}

/// One input or output; absent for an output of a kind we do not hand out (a map, a string).
Result<std::optional<TensorInfo>> OnnxSession::DescribeOne(Side side, std::size_t index) {
  const OrtApi& api = *library_.api;
  const bool input = side == Side::kInput;
  OrtAllocator* allocator = nullptr;
  PERMILLE_TRY(
      CheckOrt(library_, api.GetAllocatorWithDefaultOptions(&allocator), "onnxruntime: allocator"));
  char* name = nullptr;
  PERMILLE_TRY(CheckOrt(library_,
                        input ? api.SessionGetInputName(session_.get(), index, allocator, &name)
                              : api.SessionGetOutputName(session_.get(), index, allocator, &name),
                        model_.path));
  TensorInfo info;
  info.name = name;
  PERMILLE_TRY(CheckOrt(library_, api.AllocatorFree(allocator, name), "onnxruntime: allocator"));

  OrtTypeInfo* type = nullptr;
  PERMILLE_TRY(CheckOrt(library_,
                        input ? api.SessionGetInputTypeInfo(session_.get(), index, &type)
                              : api.SessionGetOutputTypeInfo(session_.get(), index, &type),
                        model_.path));
  const OrtHandle<OrtTypeInfo> type_holder(type, OrtRelease{&api});
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;
  PERMILLE_TRY(CheckOrt(library_, api.CastTypeInfoToTensorInfo(type, &tensor), model_.path));
  ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  if (tensor != nullptr) {
    PERMILLE_TRY(CheckOrt(library_, api.GetTensorElementType(tensor, &element), model_.path));
  }
  const std::optional<DType> known = FromOrt(element);
  if (!known && !input) return std::optional<TensorInfo>();
  if (!known) {
    return Fail(ErrorCode::kInvalid, "{}: input '{}' is not a tensor of a known number type",
                model_.path, info.name);
  }
  info.type = *known;
  std::size_t rank = 0;
  PERMILLE_TRY(CheckOrt(library_, api.GetDimensionsCount(tensor, &rank), model_.path));
  info.shape.resize(rank);
  PERMILLE_TRY(CheckOrt(library_, api.GetDimensions(tensor, info.shape.data(), rank), model_.path));
  return std::optional<TensorInfo>(std::move(info));
}

Result<void> OnnxSession::CheckFit(const TensorInfo& info, const TensorView& view) const {
  if (view.type != info.type) {
    return Fail(ErrorCode::kInvalid, "{}: input '{}' is {}, not {}", model_.path, info.name,
                Name(info.type), Name(view.type));
  }
  bool fits = view.shape.size() == info.shape.size();
  std::size_t elements = 1;
  for (std::size_t d = 0; fits && d < view.shape.size(); ++d) {
    fits = view.shape[d] >= 0 && (info.shape[d] < 0 || info.shape[d] == view.shape[d]) &&
           !__builtin_mul_overflow(elements, static_cast<std::size_t>(view.shape[d]), &elements);
  }
  if (!fits) {
    return Fail(ErrorCode::kInvalid, "{}: input '{}' has shape {}, not {}", model_.path, info.name,
                Shape(info.shape), Shape(view.shape));
  }
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(elements, SizeOf(info.type), &bytes) || bytes != view.bytes.size()) {
    return Fail(ErrorCode::kInvalid, "{}: input '{}' of shape {} given {} bytes", model_.path,
                info.name, Shape(view.shape), view.bytes.size());
  }
  return {};
}

Result<void> OnnxSession::BindView(std::size_t index, const TensorView& view) {
  const TensorInfo& info = inputs_[index];
  PERMILLE_TRY(CheckFit(info, view));
  const std::size_t bytes = view.bytes.size();
  Shell& shell = shells_[index];
  if (shell.value && shell.data == view.bytes.data() && shell.size == bytes &&
      std::equal(shell.shape.begin(), shell.shape.end(), view.shape.begin(), view.shape.end())) {
    return {};
  }
  OrtValue* value = nullptr;
  // The library takes a mutable pointer but does not write to inputs; an empty tensor (an empty
  // past) needs one that is not null all the same.
  static constexpr std::byte kNothing{};
  const std::byte* const data = bytes == 0 ? &kNothing : view.bytes.data();
  PERMILLE_TRY(CheckOrt(library_,
                        library_.api->CreateTensorWithDataAsOrtValue(
                            cpu_.get(), const_cast<std::byte*>(data), bytes, view.shape.data(),
                            view.shape.size(), ToOrt(info.type), &value),
                        info.name));
  shell.value = OrtHandle<OrtValue>(value, OrtRelease{library_.api});
  shell.data = view.bytes.data();
  shell.size = bytes;
  shell.shape.assign(view.shape.begin(), view.shape.end());
  input_values_[index] = value;
  return {};
}

/// A tensor of the same library goes in as it is, whichever session made it; another's as a view.
Result<void> OnnxSession::BindHeld(std::size_t index, const HeldTensor& tensor) {
  const TensorView view{inputs_[index].name, tensor.type(), tensor.shape(), tensor.bytes()};
  const auto* const ours = dynamic_cast<const OnnxHeldTensor*>(&tensor);
  if (ours == nullptr || ours->api() != library_.api) return BindView(index, view);
  PERMILLE_TRY(CheckFit(inputs_[index], view));
  shells_[index] = {};
  input_values_[index] = ours->value();
  return {};
}

/// Index of the entry called `name`, looked for at `guess` first: callers keep the graph's order.
template <class T>
std::optional<std::size_t> Find(std::span<const T> entries, std::string_view name,
                                std::size_t guess) {
  if (guess < entries.size() && entries[guess].name == name) return guess;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].name == name) return i;
  }
  return std::nullopt;
}

Result<void> OnnxSession::Bind(std::span<const TensorView> inputs,
                               std::span<const HeldInput> held) {
  if (inputs.size() + held.size() != inputs_.size()) return Fail(Mismatch(inputs, held));
  std::size_t views_used = 0;
  std::size_t held_used = 0;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const std::string_view name = inputs_[i].name;
    if (const auto at = Find(held, name, held_used); at && held[*at].tensor != nullptr) {
      PERMILLE_TRY(BindHeld(i, *held[*at].tensor));
      held_used = *at + 1;
    } else if (const auto view = Find(inputs, name, views_used)) {
      PERMILLE_TRY(BindView(i, inputs[*view]));
      views_used = *view + 1;
    } else {
      return Fail(Mismatch(inputs, held));
    }
  }
  return {};
}

/// Say which input is missing, unknown, or given twice.
Error OnnxSession::Mismatch(std::span<const TensorView> inputs,
                            std::span<const HeldInput> held) const {
  std::string wanted;
  for (const TensorInfo& info : inputs_) {
    wanted += fmt::format("{}{} {}{}", wanted.empty() ? "" : ", ", info.name, Name(info.type),
                          Shape(info.shape));
  }
  std::vector<std::string_view> given;
  for (const TensorView& view : inputs) given.push_back(view.name);
  for (const HeldInput& tensor : held) {
    if (tensor.tensor != nullptr) given.push_back(tensor.name);
  }
  const std::span<const std::string_view> names = given;
  for (const TensorInfo& info : inputs_) {
    if (std::count(names.begin(), names.end(), info.name) != 0) continue;
    return {ErrorCode::kInvalid, fmt::format("{}: input '{}' is missing; the graph takes: {}",
                                             model_.path, info.name, wanted)};
  }
  for (const std::string_view name : names) {
    if (Find(std::span<const TensorInfo>(inputs_), name, 0)) continue;
    return {ErrorCode::kInvalid, fmt::format("{}: there is no input '{}'; the graph takes: {}",
                                             model_.path, name, wanted)};
  }
  return {ErrorCode::kInvalid, fmt::format("{}: {} inputs given for {}", model_.path,
                                           inputs.size() + held.size(), inputs_.size())};
}

Result<void> OnnxSession::Execute() {
  const OrtApi& api = *library_.api;
  const DenormalMode mode(options_.denormals_as_zero);
  for (OrtHandle<OrtValue>& value : output_values_) value.reset();
  std::fill(raw_outputs_.begin(), raw_outputs_.end(), nullptr);
  PERMILLE_TRY(CheckOrt(library_, api.RunOptionsUnsetTerminate(run_options_.get()), model_.path));
  // After the unset: a Cancel from another thread is then seen here or by the run.
  if (cancelled_) return Fail(ErrorCode::kCancelled, "{}: interrupted", model_.path);
  if (watchdog_) watchdog_->Arm();
  OrtStatus* const status =
      api.Run(session_.get(), run_options_.get(), input_names_.data(), input_values_.data(),
              input_names_.size(), output_names_.data(), output_names_.size(), raw_outputs_.data());
  const bool late = watchdog_ && watchdog_->Disarm();
  for (std::size_t i = 0; i < raw_outputs_.size(); ++i) {
    output_values_[i] = OrtHandle<OrtValue>(raw_outputs_[i], OrtRelease{&api});
  }
  auto result = CheckOrt(library_, status, model_.path);
  if (!result && cancelled_) return Fail(ErrorCode::kCancelled, "{}: interrupted", model_.path);
  if (!result && late) {
    return Fail(ErrorCode::kTimeout, "{}: a run took longer than {} s", model_.path,
                options_.time_limit->value());
  }
  return result;
}

Result<TensorOutput> OnnxSession::Collect(std::size_t index) const {
  const OrtApi& api = *library_.api;
  OrtValue* const value = raw_outputs_[index];
  TensorOutput output;
  output.name = outputs_[index].name;
  output.type = outputs_[index].type;
  OrtTensorTypeAndShapeInfo* raw = nullptr;
  PERMILLE_TRY(CheckOrt(library_, api.GetTensorTypeAndShape(value, &raw), output.name));
  const OrtHandle<OrtTensorTypeAndShapeInfo> info(raw, OrtRelease{&api});
  std::size_t rank = 0;
  PERMILLE_TRY(CheckOrt(library_, api.GetDimensionsCount(raw, &rank), output.name));
  output.shape.resize(rank);
  PERMILLE_TRY(CheckOrt(library_, api.GetDimensions(raw, output.shape.data(), rank), output.name));
  std::size_t elements = 0;
  PERMILLE_TRY(CheckOrt(library_, api.GetTensorShapeElementCount(raw, &elements), output.name));
  void* data = nullptr;
  PERMILLE_TRY(CheckOrt(library_, api.GetTensorMutableData(value, &data), output.name));
  output.bytes = {static_cast<const std::byte*>(data), elements * SizeOf(output.type)};
  return output;
}

Result<std::vector<TensorOutput>> OnnxSession::Run(std::span<const TensorView> inputs) {
  PERMILLE_TRY(Bind(inputs, {}));
  PERMILLE_TRY(Execute());
  std::vector<TensorOutput> outputs(outputs_.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    PERMILLE_ASSIGN(outputs[i], Collect(i));
  }
  return outputs;
}

Result<std::vector<std::unique_ptr<HeldTensor>>> OnnxSession::RunHeld(
    std::span<const TensorView> inputs, std::span<const HeldInput> held) {
  PERMILLE_TRY(Bind(inputs, held));
  PERMILLE_TRY(Execute());
  std::vector<std::unique_ptr<HeldTensor>> outputs(outputs_.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    PERMILLE_ASSIGN(TensorOutput content, Collect(i));
    outputs[i] = std::make_unique<OnnxHeldTensor>(library_.api, std::move(output_values_[i]),
                                                  std::move(content));
  }
  return outputs;
}

void OnnxSession::Cancel() {
  cancelled_ = true;
  if (OrtStatus* const error = library_.api->RunOptionsSetTerminate(run_options_.get())) {
    library_.api->ReleaseStatus(error);
  }
}

void OnnxSession::ReadMemory() {
  memory_.weights = model_.weights;
  const auto status = ReadFile("/proc/self/status");
  if (!status) return;
  memory_.rss_after = StatusBytes(*status, "VmRSS:");
  memory_.rss_peak = StatusBytes(*status, "VmHWM:");
}

std::vector<std::pair<std::string, std::string>> OnnxSession::facts() const {
  std::string providers = fmt::format("{}", fmt::join(options_.providers, ","));
  return {{"engine", "onnxruntime"},
          {"engine_version", library_.version},
          {"engine_library", library_.path},
          {"providers", providers.empty() ? "cpu" : providers},
          {"threads", std::to_string(ResolvedThreads(options_))},
          {"spinning", options_.spinning ? "on" : "off"},
          {"optimisation", std::to_string(options_.optimisation)},
          {"denormals_as_zero", options_.denormals_as_zero ? "on" : "off"},
          {"precision", std::string(Name(options_.precision))},
          {"weights", model_.weights_kind}};
}

}  // namespace

Result<std::unique_ptr<TensorSession>> MakeOnnxSession(const OnnxLibrary& library,
                                                       const OnnxModel& model,
                                                       const SessionOptions& options,
                                                       const SessionTuning& tuning) {
  auto session = std::make_unique<OnnxSession>(library, model, options);
  PERMILLE_TRY(session->Create(tuning));
  return session;
}

}  // namespace permille
