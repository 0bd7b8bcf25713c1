// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace permille {

enum class DType { kFloat32, kFloat16, kBFloat16, kFloat64, kInt64, kInt32, kInt8, kUint8, kBool };
std::string_view Name(DType);
std::size_t SizeOf(DType);

/// Name, type and shape of a graph input or output; -1 is a free dimension.
struct TensorInfo {
  std::string name;
  DType type = DType::kFloat32;
  std::vector<std::int64_t> shape;
};

/// A tensor in row-major order owned by the caller; the engine does not keep it past Run.
struct TensorView {
  std::string_view name;
  DType type = DType::kFloat32;
  std::span<const std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// An output owned by the engine until the next Run on the same session.
struct TensorOutput {
  std::string_view name;
  DType type = DType::kFloat32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;

  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// A tensor that the engine owns and the caller keeps: an output that becomes an input of a later
/// Run, never copied (the keys and values of a decoder).
class HeldTensor {
 public:
  virtual ~HeldTensor() = default;
  virtual DType type() const = 0;
  virtual std::span<const std::int64_t> shape() const = 0;
  virtual std::span<const std::byte> bytes() const = 0;
};

/// One input of RunHeld: a view, or a tensor held from an earlier run.
struct HeldInput {
  std::string_view name;
  const HeldTensor* tensor = nullptr;
};

/// What a graph's products are computed in.
enum class Precision {
  kAsGraph,  ///< as the graph says, which is single precision for nearly all
  kFloat16,  ///< the whole graph in half precision (engine/half_graph.h)
  kInt8,     ///< products with a trained matrix, both factors quantised (engine/quantise.h)
};
std::string_view Name(Precision);
/// "fp32", "fp16" or "int8".
Result<Precision> ParsePrecision(std::string_view word);

/// Options of a session. Every one that changes a number is recorded in Cell::options under its
/// field name.
struct SessionOptions {
  std::vector<std::string>
      providers;          ///< execution providers in order, "cpu", "cuda", ...; empty: cpu
  int threads = 0;        ///< intra-op threads; 0: physical cores
  bool spinning = true;   ///< intra-op threads spin between runs (dependencies.md, fact 6)
  int optimisation = 99;  ///< 0 none, 1 basic, 2 extended, 99 all
  bool denormals_as_zero = false;
  Precision precision = Precision::kAsGraph;
  bool force = false;  ///< fp16 on a processor that computes it in single precision all the same
  std::optional<Seconds> time_limit;  ///< for one Run: RunOptions terminate
  std::string library;                ///< libonnxruntime path; empty: search
  Result<void> Validate() const;
};

/// Where weights come from: inside the graph or its external files, safetensors, or a random seed.
struct WeightsSource {
  enum class Kind { kInFile, kSafetensors, kRandom } kind = Kind::kInFile;
  std::string path;        ///< kSafetensors: the file, the index of several, or their folder
  std::uint64_t seed = 0;  ///< kRandom
  /// kRandom: a CSV of `permille model stats`, whose moments the tensors it names are drawn with;
  /// empty: none.
  std::string stats = {};
  /// "file", "PATH.safetensors", "PATH.safetensors.index.json", a folder, "random", "random:7"
  static Result<WeightsSource> Parse(std::string_view spec);
};

/// Memory around a session, as far as the system tells.
struct MemoryFigures {
  std::optional<Bytes> weights;    ///< bytes of initializers
  std::optional<Bytes> rss_after;  ///< resident set after creation
  std::optional<Bytes> rss_peak;
};

/// One graph ready to run. Thread-compatible: one Run at a time.
class TensorSession {
 public:
  virtual ~TensorSession() = default;
  virtual const std::vector<TensorInfo>& inputs() const = 0;
  virtual const std::vector<TensorInfo>& outputs() const = 0;
  /// Execute once; outputs in the order of outputs(). kInvalid for wrong names, types or shapes,
  /// naming them; kTimeout past the limit; kEngine with ONNX Runtime's own words otherwise.
  virtual Result<std::vector<TensorOutput>> Run(std::span<const TensorView> inputs) = 0;
  /// As Run, with some inputs held from earlier runs and every output handed over to the caller,
  /// who may keep it past later runs and past this session's next call, not past the session.
  virtual Result<std::vector<std::unique_ptr<HeldTensor>>> RunHeld(
      std::span<const TensorView> inputs, std::span<const HeldInput> held) = 0;
  /// Interrupt a Run in another thread (Ctrl-C). Stays: every later Run is kCancelled.
  virtual void Cancel() = 0;
  virtual MemoryFigures memory() const = 0;
  /// Trained parameters counted from the graph's initializers (float tensors).
  virtual std::int64_t parameters() const = 0;
  /// What produced the numbers, for the environment: engine, version, library, providers, threads
  /// (resolved), spinning, optimisation, denormals.
  virtual std::vector<std::pair<std::string, std::string>> facts() const = 0;
};

/// The factory for sessions: ONNX Runtime, loaded on first use.
class TensorEngine {
 public:
  virtual ~TensorEngine() = default;
  virtual std::string version() const = 0;
  virtual std::vector<std::string> providers() const = 0;
  /// Do the work that only random weights need (generation, norm statistics, checks), so that the
  /// Loads that follow on this engine cost what they cost with real weights. Load does it when
  /// nobody asked before. Nothing for other sources.
  virtual Result<void> Prepare(const std::string& model_path, const WeightsSource& weights,
                               std::span<const TensorView> calibration = {}) = 0;
  /// Load `model_path` (.onnx or .onnx.zst). `calibration` supplies one batch of inputs for random
  /// weights; without it, inputs are made from the graph's input shapes.
  virtual Result<std::unique_ptr<TensorSession>> Load(
      const std::string& model_path, const WeightsSource& weights, const SessionOptions& options,
      std::span<const TensorView> calibration = {}) = 0;
};

/// ONNX Runtime by dlopen: `library` if given, else PERMILLE_ORT_LIB, else $ONNXRUNTIME_ROOT/lib,
/// else the one beside the binary (../lib/permille), else the build's, else the system's.
/// kUnavailable with the places tried when there is none.
Result<std::unique_ptr<TensorEngine>> MakeOnnxEngine(const std::string& library = {});

}  // namespace permille
