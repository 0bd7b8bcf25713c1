// SPDX-License-Identifier: Apache-2.0
#include "catalog/study_models.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "catalog/catalog.h"
#include "catalog/yaml_entry.h"

namespace permille {
namespace {

constexpr std::array<std::string_view, 7> kClasses = {
    "encoder", "decoder", "seq2seq", "vision", "detector", "vision-text", "diffusion"};
constexpr std::array<std::string_view, 3> kVariants = {"default", "resized", "zero-shot"};

/// Where we are: the file, and the tasks there are.
struct Reading {
  std::string path;
  std::set<std::string, std::less<>> tasks;
};

template <class Words>
Result<void> OneOf(const std::string& word, const Words& words, const YAML::Node& node,
                   const std::string& key, const std::string& path) {
  if (std::ranges::find(words, word) != words.end()) return {};
  return Fail(ErrorCode::kInvalid, "{}: field {}: '{}' is not one of {}", YamlPlace(node, path),
              key, word, fmt::join(words, ", "));
}

Result<double> Positive(const YAML::Node& node, const std::string& key, const std::string& path) {
  PERMILLE_ASSIGN(const double number, YamlNumber(node, key, path));
  if (number > 0 && std::isfinite(number)) return number;
  return Fail(ErrorCode::kInvalid, "{}: field {}: must be positive", YamlPlace(node[key], path),
              key);
}

Result<std::int64_t> PositiveInteger(const YAML::Node& node, const std::string& key,
                                     const std::string& path) {
  PERMILLE_ASSIGN(const std::int64_t number, YamlInteger(node, key, path));
  if (number > 0) return number;
  return Fail(ErrorCode::kInvalid, "{}: field {}: must be positive", YamlPlace(node[key], path),
              key);
}

Result<PublishedCell> ReadCell(const YAML::Node& node, const Reading& reading) {
  const std::string& path = reading.path;
  PERMILLE_TRY(
      YamlOnly(node, {"task", "dataset", "variant", "runs", "energy_kwh", "emissions_g"}, path));
  PublishedCell cell;
  PERMILLE_ASSIGN(cell.task, YamlString(node, "task", path));
  PERMILLE_TRY(OneOf(cell.task, reading.tasks, node, "task", path));
  PERMILLE_ASSIGN(cell.dataset, YamlStringOr(node, "dataset", "", path));
  PERMILLE_ASSIGN(cell.variant, YamlStringOr(node, "variant", "default", path));
  PERMILLE_TRY(OneOf(cell.variant, kVariants, node, "variant", path));
  PERMILLE_ASSIGN(cell.runs, PositiveInteger(node, "runs", path));
  PERMILLE_ASSIGN(cell.energy_kwh, Positive(node, "energy_kwh", path));
  PERMILLE_ASSIGN(cell.emissions_g, Positive(node, "emissions_g", path));
  return cell;
}

Result<void> ReadParameters(const YAML::Node& node, const std::string& path,
                            StudyModelEntry& entry) {
  if (!node.IsDefined()) return {};
  if (!node.IsMap())
    return Fail(ErrorCode::kInvalid, "{}: field parameters: must be a map", YamlPlace(node, path));
  PERMILLE_TRY(YamlOnly(node, {"graph", "listed", "difference", "because"}, path));
  if (node["graph"].IsDefined()) {
    PERMILLE_ASSIGN(entry.parameters, PositiveInteger(node, "graph", path));
  }
  if (node["listed"].IsDefined()) {
    PERMILLE_ASSIGN(entry.listed_parameters, PositiveInteger(node, "listed", path));
  }
  PERMILLE_ASSIGN(entry.because, YamlStringOr(node, "because", "", path));
  if (!node["difference"].IsDefined()) return {};
  PERMILLE_ASSIGN(const std::int64_t difference, YamlInteger(node, "difference", path));
  if (entry.parameters.value_or(0) - entry.listed_parameters.value_or(0) == difference) return {};
  return Fail(ErrorCode::kInvalid, "{}: field difference: is not graph less listed",
              YamlPlace(node["difference"], path));
}

Result<StudyModelEntry> ReadModel(const YAML::Node& node, const Reading& reading) {
  const std::string& path = reading.path;
  PERMILLE_TRY(YamlOnly(node,
                        {"id", "study", "note", "tasks", "multi_purpose", "class", "architecture",
                         "graph", "engines", "parameters", "published"},
                        path));
  StudyModelEntry entry;
  PERMILLE_ASSIGN(entry.id, YamlString(node, "id", path));
  PERMILLE_ASSIGN(const auto study, YamlBool(node, "study", path));
  if (!study)
    return Fail(ErrorCode::kInvalid, "{}: key \"study\" is missing", YamlPlace(node, path));
  entry.study = *study;
  PERMILLE_ASSIGN(entry.note, YamlStringOr(node, "note", "", path));
  PERMILLE_ASSIGN(entry.tasks, YamlStrings(node, "tasks", path));
  if (entry.tasks.empty())
    return Fail(ErrorCode::kInvalid, "{}: field tasks: is empty", YamlPlace(node, path));
  for (const std::string& task : entry.tasks)
    PERMILLE_TRY(OneOf(task, reading.tasks, node["tasks"], "tasks", path));
  PERMILLE_ASSIGN(const auto multi_purpose, YamlBool(node, "multi_purpose", path));
  entry.multi_purpose = multi_purpose.value_or(false);
  PERMILLE_ASSIGN(entry.model_class, YamlStringOr(node, "class", "", path));
  if (!entry.model_class.empty())
    PERMILLE_TRY(OneOf(entry.model_class, kClasses, node["class"], "class", path));
  PERMILLE_ASSIGN(entry.architecture, YamlStringOr(node, "architecture", "", path));
  PERMILLE_ASSIGN(entry.graph, YamlStringOr(node, "graph", "", path));
  PERMILLE_ASSIGN(entry.engines, YamlStrings(node, "engines", path));
  PERMILLE_TRY(ReadParameters(node["parameters"], path, entry));
  PERMILLE_ASSIGN(const auto cells, YamlEntries(node, "published", path));
  for (const YAML::Node& cell : cells) {
    PERMILLE_ASSIGN(PublishedCell read, ReadCell(cell, reading));
    entry.published.push_back(std::move(read));
  }
  return entry;
}

}  // namespace

std::optional<double> StudyModelEntry::MeanKwh(std::string_view task) const {
  double sum = 0;
  double runs = 0;
  for (const PublishedCell& cell : published) {
    if (cell.task != task) continue;
    sum += cell.energy_kwh * static_cast<double>(cell.runs);
    runs += static_cast<double>(cell.runs);
  }
  if (runs == 0) return std::nullopt;
  return sum / runs;
}

const StudyModelEntry* StudyModels::Find(std::string_view id) const {
  const auto found = std::ranges::find(models, id, &StudyModelEntry::id);
  return found == models.end() ? nullptr : &*found;
}

Result<StudyModels> LoadStudyModels() {
  PERMILLE_ASSIGN(const std::string folder, DataDirectory());
  Reading reading{folder + "/catalog/models.yaml", {}};
  PERMILLE_ASSIGN(const auto tasks, LoadTasks());
  for (const TaskEntry& task : tasks) reading.tasks.insert(task.name);
  PERMILLE_ASSIGN(const YAML::Node root, ReadCatalogYaml(reading.path, "permille.models/1"));
  PERMILLE_TRY(YamlOnly(root, {"schema", "source", "models"}, reading.path));
  StudyModels study;
  PERMILLE_ASSIGN(study.source, YamlString(root, "source", reading.path));
  PERMILLE_ASSIGN(const auto nodes, YamlEntries(root, "models", reading.path));
  for (const YAML::Node& node : nodes) {
    PERMILLE_ASSIGN(StudyModelEntry entry, ReadModel(node, reading));
    if (study.Find(entry.id) != nullptr) {
      return Fail(ErrorCode::kInvalid, "{}: model '{}' occurs twice", YamlPlace(node, reading.path),
                  entry.id);
    }
    study.models.push_back(std::move(entry));
  }
  return study;
}

}  // namespace permille
