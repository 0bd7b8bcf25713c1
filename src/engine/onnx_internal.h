// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/tensor_engine.h"

// ONNX Runtime's C interface as this folder uses it. The C interface rather than the C++ one: that
// keeps the table of functions in a global, so that one process could open only one library. Types
// are declared here and defined by the library's own header, which onnx_*.cc alone include.

struct OrtApi;
struct OrtEnv;
struct OrtMemoryInfo;
struct OrtRunOptions;
struct OrtSession;
struct OrtSessionOptions;
struct OrtStatus;
struct OrtTensorTypeAndShapeInfo;
struct OrtTypeInfo;
struct OrtValue;

namespace permille {

/// An opened libonnxruntime. It stays mapped until the process ends, so copies are free and always
/// valid.
struct OnnxLibrary {
  const OrtApi* api = nullptr;
  std::string path;
  std::string version;
};

/// Open `library`, or search as MakeOnnxEngine says. Telemetry is switched off before the library
/// is mapped.
Result<OnnxLibrary> OpenOnnxLibrary(const std::string& library);

struct OrtRelease {
  const OrtApi* api = nullptr;
  void operator()(OrtEnv* object) const;
  void operator()(OrtMemoryInfo* object) const;
  void operator()(OrtRunOptions* object) const;
  void operator()(OrtSession* object) const;
  void operator()(OrtSessionOptions* object) const;
  void operator()(OrtTensorTypeAndShapeInfo* object) const;
  void operator()(OrtTypeInfo* object) const;
  void operator()(OrtValue* object) const;
};
template <class T>
using OrtHandle = std::unique_ptr<T, OrtRelease>;

/// Take a status: nothing when it is null, else kEngine, "<what>: <its words on one line>".
Result<void> CheckOrt(const OnnxLibrary& library, OrtStatus* status, std::string_view what);

/// The process's ONNX Runtime environment (one per library, counted by it): errors only, nothing
/// printed.
Result<OrtHandle<OrtEnv>> MakeOrtEnv(const OnnxLibrary& library);

/// The providers of this library that permille knows: "cpu", "cuda", ...
Result<std::vector<std::string>> AvailableProviders(const OnnxLibrary& library);

/// What only calibration sessions ask for.
struct SessionTuning {
  bool prepacking = true;
  std::string external_folder;  ///< where external data lies, for a graph given as bytes
  /// Shapes that contradict each other are an error, not a warning nobody sees.
  bool strict_shapes = false;
  /// Reserve the weights' memory in one piece beforehand, although it stays untouched where they
  /// are mapped: a system refuses to promise 28 GB that it does not have.
  bool reserving = true;
};
Result<OrtHandle<OrtSessionOptions>> MakeOrtOptions(const OnnxLibrary& library,
                                                    const SessionOptions& options,
                                                    const SessionTuning& tuning);

/// options.threads, or the physical cores this process may use.
int ResolvedThreads(const SessionOptions& options);

/// What a session is made of. `bytes`, when not empty, is the graph; `path` names it in errors.
struct OnnxModel {
  std::string path;
  std::span<const std::byte> bytes;
  std::int64_t parameters = 0;
  Bytes weights;
  std::string weights_kind;  ///< "file", "safetensors", "random:7"
};
Result<std::unique_ptr<TensorSession>> MakeOnnxSession(const OnnxLibrary& library,
                                                       const OnnxModel& model,
                                                       const SessionOptions& options,
                                                       const SessionTuning& tuning);

}  // namespace permille
