// SPDX-License-Identifier: Apache-2.0
#include "engine/weights.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/file.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

/// Ends of names under which transformers' older checkpoints store buffers that are not trained.
constexpr std::array<std::string_view, 7> kBuffers{
    "position_ids", "token_type_ids",      "num_batches_tracked",    "attn.bias",
    "masked_bias",  "rotary_emb.inv_freq", "relative_position_index"};

bool IsBuffer(std::string_view name) {
  return std::any_of(kBuffers.begin(), kBuffers.end(),
                     [&](std::string_view end) { return name.ends_with(end); });
}

/// The comma-separated list under `permille.unused`.
std::set<std::string> Unused(const OnnxGraph& graph) {
  std::set<std::string> names;
  const auto found = graph.metadata.find("permille.unused");
  if (found == graph.metadata.end()) return names;
  const std::string& list = found->second;
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    names.insert(list.substr(start, end - start));
    start = end + 1;
  }
  return names;
}

bool IsHalf(std::optional<DType> type) {
  return type == DType::kFloat16 || type == DType::kBFloat16;
}

/// What is wrong with some tensors, of which a few are named.
std::string Named(std::string_view kind, const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 5;
  if (names.empty()) return {};
  const std::size_t shown = std::min(kNamed, names.size());
  std::string text = fmt::format(
      "; {} {}: {}", names.size(), kind,
      fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < names.size()) text += ", ...";
  return text;
}

/// Whether a tensor's half precision becomes the graph's single precision.
bool IsWidened(const OnnxInitializer& tensor, const SafetensorsFile::Tensor& there) {
  return tensor.type == DType::kFloat32 && IsHalf(there.type);
}

}  // namespace

std::vector<const OnnxInitializer*> TrainedTensors(const OnnxGraph& graph) {
  std::vector<const OnnxInitializer*> trained;
  for (const OnnxInitializer& tensor : graph.initializers) {
    if (tensor.is_float() && !tensor.shape.empty() && !tensor.name.starts_with(kConstantPrefix)) {
      trained.push_back(&tensor);
    }
  }
  return trained;
}

std::string Misfits::Text() const {
  const std::string text = Named("missing", missing) + Named("of another shape", shapes) +
                           Named("of another type", types) + Named("surplus", surplus);
  return text.empty() ? text : text.substr(2);
}

Misfits FindMisfits(const OnnxGraph& graph, const Checkpoint& checkpoint) {
  Misfits misfits;
  std::set<std::string_view> wanted;
  for (const OnnxInitializer* const tensor : TrainedTensors(graph)) {
    wanted.insert(tensor->name);
    const auto found = checkpoint.tensors.find(tensor->name);
    if (found == checkpoint.tensors.end()) {
      misfits.missing.push_back(tensor->name);
      continue;
    }
    const SafetensorsFile::Tensor& there = found->second.content;
    if (there.shape != tensor->shape) {
      misfits.shapes.push_back(fmt::format("{} is [{}], not {}", tensor->name,
                                           fmt::join(there.shape, ","), tensor->ShapeText()));
    }
    if (there.type != tensor->type && !IsWidened(*tensor, there)) {
      misfits.types.push_back(
          fmt::format("{} is {}, not {}", tensor->name, there.type_name, Name(*tensor->type)));
    }
  }
  const std::set<std::string> unused = Unused(graph);
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (!wanted.contains(name) && !unused.contains(name) && !IsBuffer(name)) {
      misfits.surplus.push_back(name);
    }
  }
  return misfits;
}

Result<OnnxRewrite> PlaceTrained(const OnnxGraph& graph, const Checkpoint& checkpoint,
                                 const std::string& graph_name) {
  const std::string problems = FindMisfits(graph, checkpoint).Text();
  if (!problems.empty()) {
    return Fail(ErrorCode::kInvalid, "{} does not fit {}: {}", checkpoint.path, graph_name,
                problems);
  }
  OnnxRewrite rewrite;
  for (const OnnxInitializer* const tensor : TrainedTensors(graph)) {
    const Checkpoint::Tensor& there = checkpoint.tensors.at(tensor->name);
    const bool widened = IsWidened(*tensor, there.content);
    rewrite.placed[tensor->name] = {there.file, there.content.offset, there.content.length,
                                    widened ? there.content.type : std::nullopt};
  }
  return rewrite;
}

Result<std::optional<FollowedLinks>> FollowExternalLinks(const OnnxGraph& graph,
                                                         const std::string& model_path) {
  const fs::path beside = fs::path(model_path).parent_path();
  FollowedLinks followed;
  bool linked = false;
  for (const OnnxInitializer& tensor : graph.initializers) {
    if (!tensor.external) continue;
    const fs::path name(tensor.location);
    const bool leaves = std::find(name.begin(), name.end(), "..") != name.end();
    if (name.empty() || name.is_absolute() || leaves) {
      return Fail(ErrorCode::kInvalid, "{}: tensor '{}' lies outside the model's folder: '{}'",
                  model_path, tensor.name, tensor.location);
    }
    std::error_code error;
    const fs::path blob = fs::canonical(beside / name, error);
    if (error) {
      return Fail(ErrorCode::kNotFound, "{}: its weights file '{}' is missing: {}", model_path,
                  tensor.location, error.message());
    }
    linked = linked ||
             blob != fs::canonical(beside.empty() ? "." : beside, error) / name.lexically_normal();
    const std::string folder = blob.parent_path().string();
    if (followed.folder.empty()) followed.folder = folder;
    if (linked && followed.folder != folder) {
      return Fail(ErrorCode::kInvalid, "{}: its weights lie in two folders: {} and {}", model_path,
                  followed.folder, folder);
    }
    const std::uint64_t size =
        tensor.type ? static_cast<std::uint64_t>(tensor.elements) * SizeOf(*tensor.type) : 0;
    followed.rewrite.placed[tensor.name] = {blob.filename().string(), tensor.offset,
                                            tensor.length.value_or(size), std::nullopt};
  }
  if (!linked) return std::optional<FollowedLinks>();
  return std::optional<FollowedLinks>(std::move(followed));
}

Result<void> CheckMemory(Bytes need, const std::string& graph_name, std::string_view what) {
  const auto text = ReadFile("/proc/meminfo");
  if (!text) return {};
  constexpr std::string_view kKey = "MemAvailable:";
  const std::size_t at = text->find(kKey);
  if (at == std::string::npos) return {};
  const Bytes available(std::strtod(text->c_str() + at + kKey.size(), nullptr) * 1024);
  if (need <= available) return {};
  return Fail(ErrorCode::kUnavailable, "{}: {} need {:.2f} GB of memory, {:.2f} GB free",
              graph_name, what, need.value() / 1e9, available.value() / 1e9);
}

}  // namespace permille
