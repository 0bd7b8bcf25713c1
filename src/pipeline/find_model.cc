// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/hash.h"
#include "base/spelling.h"
#include "catalog/catalog.h"
#include "pipeline/hf_layout.h"
#include "pipeline/pipeline.h"
#include "pipeline/plain_onnx.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRevisionDigits = 16;

/// One graph: its hash; several: a hash of their hashes.
Result<std::string> HashOfGraphs(const std::map<std::string, std::string>& graphs) {
  std::string hashes;
  for (const auto& [part, graph] : graphs) {
    PERMILLE_ASSIGN(const std::string hash, Sha256File(graph));
    hashes += hash;
  }
  return graphs.size() == 1 ? hashes : Sha256(hashes);
}

/// Of every JSON file in a folder and one level below it, in order of name: settings of the model,
/// its tokenizer, its images.
Result<std::string> HashOfSettings(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it.depth() > 0) it.disable_recursion_pending();
    if (it->path().extension() == ".json") paths.push_back(it->path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::string hashes;
  for (const std::string& path : paths) {
    PERMILLE_ASSIGN(const std::string hash, Sha256File(path));
    hashes += hash;
  }
  return Sha256(hashes);
}

Result<ModelFiles> FromEntry(const ModelEntry& entry) {
  ModelFiles files;
  files.id = entry.id;
  files.folder = entry.folder;
  files.task = entry.task;
  files.graphs = entry.graphs;
  files.graph = MainGraph(files.graphs);
  files.weightless = entry.weightless;
  files.parameters = entry.parameters;
  PERMILLE_ASSIGN(std::string decisive, HashOfGraphs(files.graphs));
  // An entry beside the files of a Hugging Face folder says where the graphs are, no more.
  if (IsHfFolder(entry.folder)) {
    PERMILLE_ASSIGN(const std::string settings, HashOfSettings(entry.folder));
    decisive += settings;
  } else {
    files.entry_yaml = entry.yaml_path;
    PERMILLE_ASSIGN(const std::string text, DecisiveText(entry.yaml_path));
    decisive += text;
  }
  files.revision = Sha256(decisive).substr(0, kRevisionDigits);
  return files;
}

Result<ModelFiles> FromHfFolder(const std::string& folder) {
  ModelFiles files;
  std::error_code error;
  const fs::path path = fs::weakly_canonical(folder, error);
  files.id = (error ? fs::path(folder) : path).filename().string();
  files.folder = folder;
  PERMILLE_ASSIGN(files.graphs, FindHfGraphs(folder));
  files.graph = MainGraph(files.graphs);
  PERMILLE_ASSIGN(const std::string hash, HashOfGraphs(files.graphs));
  files.revision = hash.substr(0, kRevisionDigits);
  return files;
}

Result<ModelFiles> FromYaml(const std::string& path) {
  PERMILLE_ASSIGN(const ModelEntry entry, LoadModelEntry(path));
  return FromEntry(entry);
}

Result<ModelFiles> FromFolder(const std::string& folder) {
  std::error_code error;
  if (fs::is_regular_file(fs::path(folder) / "entry.yaml", error))
    return FromYaml(folder + "/entry.yaml");
  if (IsHfFolder(folder)) return FromHfFolder(folder);
  return Fail(ErrorCode::kInvalid,
              "{}: not a model: it has neither config.json (Hugging Face layout) nor entry.yaml",
              folder);
}

Result<ModelFiles> FromFile(const std::string& path) {
  const std::string extension = fs::path(path).extension().string();
  if (extension == ".yaml" || extension == ".yml") return FromYaml(path);
  std::error_code error;
  const fs::path yaml = fs::path(path).replace_extension(".yaml");
  if (extension == ".onnx" && fs::is_regular_file(yaml, error)) return FromYaml(yaml.string());
  return Fail(
      ErrorCode::kInvalid,
      "{}: give a folder in Hugging Face layout, or a YAML that describes the graph's inputs "
      "(docs/formats/model.md)",
      path);
}

Result<ModelFiles> FromId(const std::string& id) {
  PERMILLE_ASSIGN(const auto models, LoadModels());
  std::vector<std::string> known;
  for (const ModelEntry& model : models) {
    if (model.id == id) return FromEntry(model);
    known.push_back(model.id);
  }
  const auto nearest = Nearest(id, known);
  return Fail(
      ErrorCode::kNotFound,
      "no model '{}': neither a folder in Hugging Face layout, nor a model YAML, nor an id of "
      "`permille list models`{}",
      id, nearest ? fmt::format("; did you mean '{}'?", *nearest) : "");
}

}  // namespace

Result<ModelFiles> FindModel(std::string_view model) {
  const std::string name(model);
  if (name.empty()) return Fail(ErrorCode::kInvalid, "no model named");
  std::error_code error;
  if (fs::is_directory(name, error)) return FromFolder(name);
  if (fs::exists(name, error)) return FromFile(name);
  return FromId(name);
}

}  // namespace permille
