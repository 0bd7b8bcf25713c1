// SPDX-License-Identifier: Apache-2.0
#include "engine/graph_check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "engine/calibration_input.h"
#include "engine/graph_file.h"
#include "engine/onnx_graph.h"
#include "engine/onnx_internal.h"
#include "engine/onnx_rewrite.h"
#include "engine/scratch_file.h"

namespace permille {
namespace {

/// The tensors that were cut out, each from the start of one hole that is as large as the largest.
struct Hollow {
  std::unique_ptr<ScratchFile> hole;
  OnnxRewrite rewrite;
};

/// Whether the system maps a file of that size at all, as ONNX Runtime is going to. It would say
/// std::bad_alloc and no more.
Result<void> TryMapping(const ScratchFile& hole, std::size_t bytes) {
  if (bytes == 0) return {};
  const std::string path = hole.folder() + "/" + hole.name();
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Fail(ErrorCode::kIo, "{}: {}", path, std::strerror(errno));
  void* const address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  const int error = errno;
  close(file);
  if (address == MAP_FAILED) return Fail(ErrorCode::kUnavailable, "{}", std::strerror(error));
  munmap(address, bytes);
  return {};
}

Result<Hollow> HollowOut(const OnnxGraph& graph, const std::string& path) {
  Hollow hollow;
  std::size_t largest = 0;
  std::string_view largest_name;
  std::vector<std::pair<std::string, std::size_t>> sizes;
  for (const OnnxInitializer& tensor : graph.initializers) {
    if (!tensor.external) continue;
    if (!tensor.type) {
      return Fail(ErrorCode::kInvalid, "{}: tensor '{}' is of a type this version does not know",
                  path, tensor.name);
    }
    const std::size_t bytes = static_cast<std::size_t>(tensor.elements) * SizeOf(*tensor.type);
    if (bytes >= largest) {
      largest = bytes;
      largest_name = tensor.name;
    }
    sizes.emplace_back(tensor.name, bytes);
  }
  auto hole = ScratchFile::MakeHole(largest);
  const Result<void> mapped = hole ? TryMapping(**hole, largest) : Fail(hole.error());
  if (!mapped) {
    return Fail(mapped.error().code, "{}: no room for tensor '{}' of {:.1f} GB: {}", path,
                largest_name, static_cast<double>(largest) / 1e9, mapped.error().message);
  }
  hollow.hole = std::move(*hole);
  for (const auto& [tensor, bytes] : sizes)
    hollow.rewrite.placed[tensor] = {hollow.hole->name(), 0, bytes};
  return hollow;
}

/// What the session says, with the graph's symbols for dimensions that stay free.
std::vector<GraphValue> Described(const std::vector<TensorInfo>& infos,
                                  const std::vector<OnnxValue>& declared) {
  std::vector<GraphValue> values;
  for (const TensorInfo& info : infos) {
    GraphValue value{info.name, info.type, info.shape, {}};
    value.symbols.resize(info.shape.size());
    const auto found = std::ranges::find(declared, info.name, &OnnxValue::name);
    for (std::size_t i = 0; found != declared.end() && i < value.shape.size(); ++i) {
      if (value.shape[i] < 0 && i < found->symbols.size()) value.symbols[i] = found->symbols[i];
    }
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

std::int64_t CheckedGraph::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& [name, elements] : parameters) count += elements;
  return count;
}

Result<CheckedGraph> CheckGraph(const std::string& path, const GraphCheckOptions& options) {
  PERMILLE_ASSIGN(const GraphFile file, GraphFile::Read(path));
  PERMILLE_ASSIGN(const OnnxGraph graph, OnnxGraph::Parse(file.bytes(), path));
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  SessionTuning tuning{false, folder.empty() ? "." : folder.string(), true, false};
  OnnxModel model{path, file.bytes(), graph.Parameters(), graph.WeightBytes(), "none"};
  Hollow hollow;
  std::string rewritten;
  if (graph.weightless()) {
    PERMILLE_ASSIGN(hollow, HollowOut(graph, path));
    rewritten = RewriteOnnx(graph, hollow.rewrite);
    model.bytes = std::as_bytes(std::span(rewritten));
    tuning.external_folder = hollow.hole->folder();
  }
  SessionOptions session_options;
  session_options.optimisation = 0;
  session_options.spinning = false;
  PERMILLE_ASSIGN(const OnnxLibrary library, OpenOnnxLibrary(options.library));
  PERMILLE_ASSIGN(const auto session, MakeOnnxSession(library, model, session_options, tuning));
  CheckedGraph checked;
  checked.inputs = Described(session->inputs(), graph.inputs);
  checked.outputs = Described(session->outputs(), graph.outputs);
  for (const OnnxInitializer* const tensor : graph.ParameterTensors())
    checked.parameters[tensor->name] = tensor->elements;
  if (options.execute) {
    PERMILLE_TRY(CheckInputSizes(graph, path));
    PERMILLE_TRY(session->Run(CalibrationInput(graph, 0).views()));
  }
  return checked;
}

}  // namespace permille
