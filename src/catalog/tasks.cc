// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <set>

#include "base/spelling.h"
#include "catalog/catalog.h"
#include "catalog/yaml_entry.h"

namespace permille {
namespace {

constexpr const char* kSchema = "permille.tasks/1";

// "Text_Classification" and "text classification" are "text-classification".
std::string Canonical(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    c = c == ' ' || c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

Result<std::string> TasksPath() {
  PERMILLE_ASSIGN(const std::string folder, DataDirectory());
  return folder + "/catalog/tasks.yaml";
}

}  // namespace

Result<std::vector<TaskEntry>> LoadTasks() {
  PERMILLE_ASSIGN(const std::string path, TasksPath());
  PERMILLE_ASSIGN(const YAML::Node root, ReadCatalogYaml(path, kSchema));
  PERMILLE_ASSIGN(const auto entries, YamlEntries(root, "tasks", path));
  std::vector<TaskEntry> tasks;
  std::set<std::string> names;
  for (const YAML::Node& entry : entries) {
    TaskEntry task;
    PERMILLE_ASSIGN(task.name, YamlString(entry, "name", path));
    PERMILLE_ASSIGN(task.aliases, YamlStrings(entry, "aliases", path));
    PERMILLE_ASSIGN(task.modality, YamlString(entry, "modality", path));
    PERMILLE_ASSIGN(task.metric, YamlString(entry, "metric", path));
    PERMILLE_ASSIGN(task.also_metrics, YamlStrings(entry, "also_metrics", path));
    PERMILLE_ASSIGN(task.not_computed, YamlStringOr(entry, "not_computed", "", path));
    PERMILLE_ASSIGN(task.description, YamlStringOr(entry, "description", "", path));
    std::set<std::string> own = {Canonical(task.name)};
    for (const std::string& alias : task.aliases) own.insert(Canonical(alias));
    for (const std::string& name : own) {
      if (!names.insert(name).second) {
        return Fail(ErrorCode::kInvalid, "{}: '{}' names two tasks", YamlPlace(entry, path), name);
      }
    }
    tasks.push_back(std::move(task));
  }
  return tasks;
}

Result<TaskEntry> FindTask(std::string_view name) {
  PERMILLE_ASSIGN(const auto tasks, LoadTasks());
  const std::string wanted = Canonical(name);
  std::vector<std::string> known;
  for (const TaskEntry& task : tasks) {
    known.push_back(task.name);
    known.insert(known.end(), task.aliases.begin(), task.aliases.end());
    const bool alias = std::any_of(task.aliases.begin(), task.aliases.end(),
                                   [&](const std::string& a) { return Canonical(a) == wanted; });
    if (Canonical(task.name) == wanted || alias) return task;
  }
  if (const auto nearest = Nearest(name, known)) {
    return Fail(ErrorCode::kNotFound, "unknown task '{}': did you mean '{}'?", name, *nearest);
  }
  return Fail(ErrorCode::kNotFound, "unknown task '{}': see permille list tasks", name);
}

Result<std::vector<LabelMap>> LoadLabelMaps() {
  PERMILLE_ASSIGN(const std::string path, TasksPath());
  PERMILLE_ASSIGN(const YAML::Node root, ReadCatalogYaml(path, kSchema));
  PERMILLE_ASSIGN(const auto entries, YamlEntries(root, "label_maps", path));
  std::vector<LabelMap> maps;
  for (const YAML::Node& entry : entries) {
    LabelMap map;
    PERMILLE_ASSIGN(map.name, YamlString(entry, "name", path));
    PERMILLE_ASSIGN(map.to, YamlStringMap(entry, "to", path));
    if (map.to.empty()) {
      return Fail(ErrorCode::kInvalid, "{}: label map '{}' maps nothing", YamlPlace(entry, path),
                  map.name);
    }
    if (std::any_of(maps.begin(), maps.end(),
                    [&](const LabelMap& other) { return other.name == map.name; })) {
      return Fail(ErrorCode::kInvalid, "{}: label map '{}' occurs twice", YamlPlace(entry, path),
                  map.name);
    }
    maps.push_back(std::move(map));
  }
  return maps;
}

}  // namespace permille
