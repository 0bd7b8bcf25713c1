// SPDX-License-Identifier: Apache-2.0
#include "engine/checkpoint.h"

#include <filesystem>
#include <set>
#include <vector>

#include "base/json.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".safetensors";

/// model.safetensors.index.json, and of a variant model.safetensors.index.fp16.json.
bool IsIndex(std::string_view file) {
  return file.find(".safetensors.index.") != std::string_view::npos && file.ends_with(".json");
}

bool IsFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

Result<fs::path> TruePath(const fs::path& path) {
  std::error_code error;
  fs::path canonical = fs::canonical(path, error);
  if (error) {
    return Fail(ErrorCode::kNotFound, "{}: weights not found: {}", path.string(), error.message());
  }
  return canonical;
}

/// The file of a folder that stands for all its weights: under one of the names that transformers
/// and diffusers give, else the only index, else the only file (a variant, model.fp16.safetensors).
Result<fs::path> FindIn(const fs::path& folder) {
  for (const char* const name :
       {"model.safetensors", "model.safetensors.index.json", "diffusion_pytorch_model.safetensors",
        "diffusion_pytorch_model.safetensors.index.json"}) {
    if (IsFile(folder / name)) return folder / name;
  }
  std::set<std::string> files;
  std::set<std::string> indices;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (it->path().extension() == kExtension) files.insert(name);
    if (IsIndex(name)) indices.insert(name);
  }
  if (indices.size() == 1) return folder / *indices.begin();
  if (indices.empty() && files.size() == 1) return folder / *files.begin();
  files.insert(indices.begin(), indices.end());
  if (files.empty()) {
    return Fail(ErrorCode::kNotFound, "{}: no .safetensors file is there", folder.string());
  }
  return Fail(ErrorCode::kNotFound,
              "{}: neither model.safetensors nor its index is there, and which of these holds the "
              "weights is not clear: {}; name one",
              folder.string(), fmt::join(files, ", "));
}

/// Add the tensors of one file. Every file must truly lie in the same folder.
Result<void> AddFile(const fs::path& path, Checkpoint& checkpoint) {
  PERMILLE_ASSIGN(const fs::path blob, TruePath(path));
  const std::string folder = blob.parent_path().string();
  if (checkpoint.folder.empty()) checkpoint.folder = folder;
  if (checkpoint.folder != folder) {
    return Fail(ErrorCode::kInvalid, "{}: its files lie in two folders: {} and {}", checkpoint.path,
                checkpoint.folder, folder);
  }
  PERMILLE_ASSIGN(SafetensorsFile file, SafetensorsFile::Open(blob.string()));
  for (auto& [name, tensor] : file.tensors) {
    Checkpoint::Tensor entry{blob.filename().string(), std::move(tensor)};
    if (!checkpoint.tensors.emplace(name, std::move(entry)).second) {
      return Fail(ErrorCode::kInvalid, "{}: tensor '{}' is in two files, one of them {}",
                  checkpoint.path, name, path.filename().string());
    }
  }
  return {};
}

/// What an index says: tensor to file.
Result<std::map<std::string, std::string>> ReadIndex(const std::string& path) {
  PERMILLE_ASSIGN(const Json json, ReadJsonFile(path));
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    return Fail(ErrorCode::kInvalid, "{}: weight_map: an object from tensors to files is needed",
                path);
  }
  std::map<std::string, std::string> files;
  for (const auto& [tensor, file] : json["weight_map"].items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    if (name.empty() || fs::path(name).has_parent_path()) {
      return Fail(ErrorCode::kInvalid, "{}: weight_map.{}: not the name of a file beside the index",
                  path, tensor);
    }
    files[tensor] = name;
  }
  return files;
}

Result<void> AddShards(const std::string& index, Checkpoint& checkpoint) {
  PERMILLE_ASSIGN(const auto map, ReadIndex(index));
  const fs::path folder = fs::path(index).parent_path();
  std::set<std::string> names;
  for (const auto& [tensor, file] : map) names.insert(file);
  std::string missing;
  for (const std::string& name : names) {
    if (!IsFile(folder / name)) missing += (missing.empty() ? "" : ", ") + name;
  }
  if (!missing.empty()) {
    return Fail(ErrorCode::kNotFound, "{}: of {} files these are missing: {}", index, names.size(),
                missing);
  }
  for (const std::string& name : names) PERMILLE_TRY(AddFile(folder / name, checkpoint));
  for (const auto& [tensor, file] : map) {
    if (!checkpoint.tensors.contains(tensor)) {
      return Fail(ErrorCode::kInvalid, "{}: tensor '{}' is not in {}", index, tensor, file);
    }
  }
  return {};
}

}  // namespace

Result<Checkpoint> Checkpoint::Open(const std::string& path) {
  Checkpoint checkpoint;
  checkpoint.path = path;
  std::error_code error;
  std::string file = path;
  if (fs::is_directory(path, error)) {
    PERMILLE_ASSIGN(const fs::path found, FindIn(path));
    file = found.string();
  }
  if (IsIndex(fs::path(file).filename().string())) {
    PERMILLE_TRY(AddShards(file, checkpoint));
  } else {
    PERMILLE_TRY(AddFile(file, checkpoint));
  }
  return checkpoint;
}

}  // namespace permille
