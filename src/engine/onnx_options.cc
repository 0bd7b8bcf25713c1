// SPDX-License-Identifier: Apache-2.0
#include <onnxruntime_c_api.h>
#include <onnxruntime_session_options_config_keys.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <thread>

#include "base/file.h"
#include "base/spelling.h"
#include "engine/onnx_internal.h"

namespace permille {
namespace {

/// An execution provider. `generic` is its name in SessionOptionsAppendExecutionProvider; the older
/// ones have a function each instead. WebGPU is left out: where it finds no adapter, ONNX Runtime
/// 1.27 crashes when the process ends.
struct ProviderRow {
  std::string_view name;
  std::string_view library_name;
  const char* generic;
};
constexpr std::array<ProviderRow, 10> kProviders{{
    {"cpu", "CPUExecutionProvider", nullptr},
    {"cuda", "CUDAExecutionProvider", nullptr},
    {"tensorrt", "TensorrtExecutionProvider", nullptr},
    {"rocm", "ROCMExecutionProvider", nullptr},
    {"migraphx", "MIGraphXExecutionProvider", nullptr},
    {"openvino", "OpenVINOExecutionProvider", "OpenVINO"},
    {"xnnpack", "XnnpackExecutionProvider", "XNNPACK"},
    {"qnn", "QNNExecutionProvider", "QNN"},
    {"vitisai", "VitisAIExecutionProvider", "VitisAI"},
    {"nv_tensorrt_rtx", "NvTensorRTRTXExecutionProvider", "NvTensorRtRtx"},
}};

OrtStatus* AppendCuda(const OrtApi& api, OrtSessionOptions* options) {
  OrtCUDAProviderOptionsV2* cuda = nullptr;
  if (OrtStatus* const status = api.CreateCUDAProviderOptions(&cuda); status != nullptr)
    return status;
  OrtStatus* const status = api.SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda);
  api.ReleaseCUDAProviderOptions(cuda);
  return status;
}

OrtStatus* AppendTensorRt(const OrtApi& api, OrtSessionOptions* options) {
  OrtTensorRTProviderOptionsV2* rt = nullptr;
  if (OrtStatus* const status = api.CreateTensorRTProviderOptions(&rt); status != nullptr)
    return status;
  OrtStatus* const status = api.SessionOptionsAppendExecutionProvider_TensorRT_V2(options, rt);
  api.ReleaseTensorRTProviderOptions(rt);
  return status;
}

OrtStatus* AppendRocm(const OrtApi& api, OrtSessionOptions* options) {
  OrtROCMProviderOptions* rocm = nullptr;
  if (OrtStatus* const status = api.CreateROCMProviderOptions(&rocm); status != nullptr)
    return status;
  OrtStatus* const status = api.SessionOptionsAppendExecutionProvider_ROCM(options, rocm);
  api.ReleaseROCMProviderOptions(rocm);
  return status;
}

OrtStatus* AppendMigraphx(const OrtApi& api, OrtSessionOptions* options) {
  OrtMIGraphXProviderOptions migraphx{};
  return api.SessionOptionsAppendExecutionProvider_MIGraphX(options, &migraphx);
}

OrtStatus* Append(const OrtApi& api, OrtSessionOptions* options, const ProviderRow& row) {
  if (row.name == "cpu") return nullptr;  // always there, always last
  if (row.name == "cuda") return AppendCuda(api, options);
  if (row.name == "tensorrt") return AppendTensorRt(api, options);
  if (row.name == "rocm") return AppendRocm(api, options);
  if (row.name == "migraphx") return AppendMigraphx(api, options);
  return api.SessionOptionsAppendExecutionProvider(options, row.generic, nullptr, nullptr, 0);
}

Result<void> AppendProviders(const OnnxLibrary& library, OrtSessionOptions* options,
                             const std::vector<std::string>& names) {
  if (names.empty()) return {};
  PERMILLE_ASSIGN(const std::vector<std::string> available, AvailableProviders(library));
  for (const std::string& name : names) {
    const auto row = std::find_if(kProviders.begin(), kProviders.end(),
                                  [&](const ProviderRow& r) { return r.name == name; });
    if (row == kProviders.end()) {
      std::vector<std::string_view> known;
      for (const ProviderRow& r : kProviders) known.push_back(r.name);
      return Fail(ErrorCode::kInvalid, "provider '{}' is unknown{}; known: {}", name,
                  DidYouMean(name, known), fmt::join(known, ", "));
    }
    if (std::find(available.begin(), available.end(), name) == available.end()) {
      return Fail(ErrorCode::kUnavailable,
                  "provider '{}' is not in ONNX Runtime {} ({}), which has: {}; give a build that "
                  "has it with --ort-lib",
                  name, library.version, library.path, fmt::join(available, ", "));
    }
    if (auto status = CheckOrt(library, Append(*library.api, options, *row),
                               fmt::format("provider '{}' does not start", name));
        !status) {
      return Fail(ErrorCode::kUnavailable, "{}", status.error().message);
    }
  }
  return {};
}

/// Physical cores among the processors this process may run on.
int PhysicalCores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    const auto siblings =
        ReadFile(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
    cores.insert(siblings ? *siblings : std::to_string(cpu));
  }
  return std::max(1, static_cast<int>(cores.size()));
}

}  // namespace

Result<std::vector<std::string>> AvailableProviders(const OnnxLibrary& library) {
  char** names = nullptr;
  int count = 0;
  PERMILLE_TRY(CheckOrt(library, library.api->GetAvailableProviders(&names, &count),
                        "onnxruntime: list of providers"));
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) {
    for (const ProviderRow& row : kProviders) {
      if (row.library_name == names[i]) result.emplace_back(row.name);
    }
  }
  PERMILLE_TRY(CheckOrt(library, library.api->ReleaseAvailableProviders(names, count),
                        "onnxruntime: list of providers"));
  return result;
}

Result<OrtHandle<OrtSessionOptions>> MakeOrtOptions(const OnnxLibrary& library,
                                                    const SessionOptions& options,
                                                    const SessionTuning& tuning) {
  PERMILLE_TRY(options.Validate());
  const OrtApi& api = *library.api;
  OrtSessionOptions* raw = nullptr;
  PERMILLE_TRY(CheckOrt(library, api.CreateSessionOptions(&raw), "onnxruntime: session options"));
  OrtHandle<OrtSessionOptions> handle(raw, OrtRelease{library.api});

  const auto set = [&](OrtStatus* status, std::string_view what) {
    return CheckOrt(library, status, what);
  };
  const auto entry = [&](const char* key, const std::string& value) {
    return set(api.AddSessionConfigEntry(raw, key, value.c_str()), key);
  };
  PERMILLE_TRY(set(api.SetIntraOpNumThreads(raw, ResolvedThreads(options)), "threads"));
  PERMILLE_TRY(set(api.SetInterOpNumThreads(raw, 1), "threads"));
  PERMILLE_TRY(set(api.SetSessionExecutionMode(raw, ORT_SEQUENTIAL), "execution mode"));
  PERMILLE_TRY(set(api.SetSessionLogSeverityLevel(raw, ORT_LOGGING_LEVEL_ERROR), "log level"));
  PERMILLE_TRY(set(api.SetSessionGraphOptimizationLevel(
                       raw, static_cast<GraphOptimizationLevel>(options.optimisation)),
                   "optimisation"));
  PERMILLE_TRY(entry(kOrtSessionOptionsConfigAllowIntraOpSpinning, options.spinning ? "1" : "0"));
  PERMILLE_TRY(
      entry(kOrtSessionOptionsConfigSetDenormalAsZero, options.denormals_as_zero ? "1" : "0"));
  if (!tuning.prepacking) PERMILLE_TRY(entry(kOrtSessionOptionsConfigDisablePrepacking, "1"));
  if (!tuning.reserving) PERMILLE_TRY(set(api.DisableMemPattern(raw), "memory pattern"));
  if (tuning.strict_shapes) {
    PERMILLE_TRY(entry(kOrtSessionOptionsConfigStrictShapeTypeInference, "1"));
  }
  if (!tuning.external_folder.empty()) {
    PERMILLE_TRY(
        entry(kOrtSessionOptionsModelExternalInitializersFileFolderPath, tuning.external_folder));
  }
  PERMILLE_TRY(AppendProviders(library, raw, options.providers));
  return handle;
}

int ResolvedThreads(const SessionOptions& options) {
  return options.threads > 0 ? options.threads : PhysicalCores();
}

}  // namespace permille
