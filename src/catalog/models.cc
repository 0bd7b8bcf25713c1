// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/spelling.h"
#include "catalog/catalog.h"
#include "catalog/model_paths.h"
#include "catalog/yaml_entry.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEntryFile = "entry.yaml";

Result<void> ReadPublished(const YAML::Node& published, const std::string& path,
                           ModelEntry& entry) {
  if (!published.IsDefined()) return {};
  if (!published.IsMap())
    return Fail(ErrorCode::kInvalid, "{}: \"published\" must be a map", YamlPlace(published, path));
  const YAML::Node energy = published["energy_kwh_per_1000"];
  if (energy.IsDefined()) {
    PERMILLE_ASSIGN(const double mean, YamlNumber(energy, "mean", path));
    if (mean <= 0)
      return Fail(ErrorCode::kInvalid, "{}: \"mean\" must be positive",
                  YamlPlace(energy["mean"], path));
    entry.published_kwh_per_1000 = mean;
  }
  PERMILLE_ASSIGN(entry.published_source, YamlString(published, "source", path));
  return {};
}

/// `graph`, or `graphs`: a file for each part of the model.
Result<void> ReadGraphs(const YAML::Node& root, const std::string& path, ModelEntry& entry) {
  const YAML::Node parts = root["graphs"];
  if (parts.IsDefined() && (!parts.IsMap() || parts.size() == 0 || root["graph"].IsDefined())) {
    return Fail(ErrorCode::kInvalid,
                "{}: \"graphs\" must be a map from parts to files, without a \"graph\" beside it",
                YamlPlace(parts, path));
  }
  const auto add = [&](const std::string& part, const YAML::Node& node) -> Result<void> {
    if (!node.IsDefined() || !node.IsScalar()) {
      return Fail(ErrorCode::kInvalid, "{}: field {}: a file name is needed", YamlPlace(root, path),
                  part == "model" ? "graph" : "graphs." + part);
    }
    const fs::path file = fs::path(entry.folder) / node.Scalar();
    std::error_code error;
    if (!fs::is_regular_file(file, error)) {
      return Fail(ErrorCode::kNotFound, "{}: field {}: no such file: {}", YamlPlace(node, path),
                  part == "model" ? "graph" : "graphs." + part, file.lexically_normal().string());
    }
    entry.graphs[part] = file.lexically_normal().string();
    return {};
  };
  if (!parts.IsDefined()) return add("model", root["graph"]);
  for (const auto& part : parts) PERMILLE_TRY(add(part.first.Scalar(), part.second));
  return {};
}

Result<ModelEntry> ReadEntry(const std::string& path) {
  PERMILLE_ASSIGN(const YAML::Node root, ReadCatalogYaml(path, "permille.model/1"));
  ModelEntry entry;
  std::error_code error;
  entry.yaml_path = fs::absolute(path, error).lexically_normal().string();
  const fs::path folder = fs::path(entry.yaml_path).parent_path();
  entry.folder = folder.string();
  const fs::path file = fs::path(entry.yaml_path).filename();
  const std::string unnamed = (file == kEntryFile ? folder.filename() : file.stem()).string();
  PERMILLE_ASSIGN(entry.id, YamlStringOr(root, "id", unnamed, path));
  PERMILLE_ASSIGN(const std::string task, YamlString(root, "task", path));
  const auto found = FindTask(task);
  if (!found) {
    return Fail(found.error().code, "{}: field task: {}", YamlPlace(root["task"], path),
                found.error().message);
  }
  entry.task = found->name;
  PERMILLE_ASSIGN(entry.model_class, YamlStringOr(root, "class", "", path));
  PERMILLE_ASSIGN(entry.architecture, YamlStringOr(root, "architecture", "", path));
  PERMILLE_TRY(ReadGraphs(root, path, entry));
  if (root["parameters"].IsDefined()) {
    PERMILLE_ASSIGN(const std::int64_t parameters, YamlInteger(root, "parameters", path));
    if (parameters <= 0) {
      return Fail(ErrorCode::kInvalid, "{}: \"parameters\" must be positive",
                  YamlPlace(root["parameters"], path));
    }
    entry.parameters = parameters;
  }
  PERMILLE_ASSIGN(const auto weightless, YamlBool(root, "weightless", path));
  entry.weightless = weightless.value_or(false);
  PERMILLE_TRY(ReadPublished(root["published"], path, entry));
  return entry;
}

// models/<name>/entry.yaml and models/<org>/<name>/entry.yaml, in order of path.
std::vector<std::string> EntryPaths(const fs::path& models) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(models, error), end; !error && it != end;
       it.increment(error)) {
    if (it.depth() > 2) it.disable_recursion_pending();
    if (it.depth() >= 1 && it.depth() <= 2 && it->path().filename() == kEntryFile)
      paths.push_back(it->path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Result<std::vector<std::string>> ModelEntryPaths() {
  PERMILLE_ASSIGN(const std::string folder, DataDirectory());
  return EntryPaths(fs::path(folder) / "models");
}

Result<std::vector<ModelEntry>> LoadModels() {
  PERMILLE_ASSIGN(const auto paths, ModelEntryPaths());
  std::vector<ModelEntry> models;
  for (const std::string& path : paths) {
    PERMILLE_ASSIGN(ModelEntry entry, ReadEntry(path));
    if (std::any_of(models.begin(), models.end(),
                    [&](const auto& other) { return other.id == entry.id; })) {
      return Fail(ErrorCode::kInvalid, "{}: model '{}' occurs twice", path, entry.id);
    }
    models.push_back(std::move(entry));
  }
  return models;
}

Result<ModelEntry> LoadModelEntry(const std::string& yaml_path) {
  std::error_code error;
  if (fs::is_regular_file(yaml_path, error)) return ReadEntry(yaml_path);
  if (fs::is_regular_file(fs::path(yaml_path) / kEntryFile, error))
    return ReadEntry(yaml_path + "/" + kEntryFile);
  PERMILLE_ASSIGN(const auto models, LoadModels());
  std::vector<std::string> known;
  for (const ModelEntry& model : models) {
    if (model.id == yaml_path) return model;
    known.push_back(model.id);
  }
  if (const auto nearest = Nearest(yaml_path, known)) {
    return Fail(ErrorCode::kNotFound, "no model '{}': did you mean '{}'?", yaml_path, *nearest);
  }
  return Fail(ErrorCode::kNotFound,
              "no model '{}': an id from permille list models, or the path of a model YAML",
              yaml_path);
}

}  // namespace permille
