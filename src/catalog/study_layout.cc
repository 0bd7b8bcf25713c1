// SPDX-License-Identifier: Apache-2.0
#include "catalog/study_layout.h"

#include <algorithm>

#include "base/csv.h"
#include "catalog/catalog.h"
#include "catalog/yaml_entry.h"

namespace permille {
namespace {

constexpr const char* kSchema = "permille.study-layout/1";

Result<std::optional<double>> MaybeNumber(const YAML::Node& entry, const std::string& key,
                                          const std::string& path) {
  if (!entry[key]) return std::optional<double>();
  PERMILLE_ASSIGN(const double number, YamlNumber(entry, key, path));
  return number;
}

/// A list of positive numbers; empty when the key is absent.
Result<std::vector<double>> Numbers(const YAML::Node& entry, const std::string& key,
                                    const std::string& path) {
  std::vector<double> numbers;
  PERMILLE_ASSIGN(const auto words, YamlStrings(entry, key, path));
  for (const std::string& word : words) {
    const auto number = ParseNumber(word);
    if (!number || !(*number > 0)) {
      return Fail(ErrorCode::kInvalid, "{}: {}: '{}' is not a positive number",
                  YamlPlace(entry[key], path), key, word);
    }
    numbers.push_back(*number);
  }
  return numbers;
}

Result<void> ReadLogs(const YAML::Node& root, const std::string& path, StudyLayout& layout) {
  PERMILLE_ASSIGN(const auto entries, YamlEntries(root, "logs", path));
  for (const YAML::Node& entry : entries) {
    StudyLog log;
    PERMILLE_ASSIGN(log.file, YamlString(entry, "file", path));
    PERMILLE_ASSIGN(log.task, YamlString(entry, "task", path));
    PERMILLE_ASSIGN(log.dataset, YamlString(entry, "dataset", path));
    PERMILLE_ASSIGN(log.variant, YamlStringOr(entry, "variant", "default", path));
    PERMILLE_ASSIGN(const auto in_tables, YamlBool(entry, "in_tables", path));
    log.in_tables = in_tables.value_or(true);
    if (layout.FindDataset(log.dataset) == nullptr) {
      return Fail(ErrorCode::kInvalid, "{}: dataset '{}' is not among the datasets of this file",
                  YamlPlace(entry, path), log.dataset);
    }
    layout.logs.push_back(std::move(log));
  }
  return {};
}

Result<void> ReadDatasets(const YAML::Node& root, const std::string& path, StudyLayout& layout) {
  PERMILLE_ASSIGN(const auto entries, YamlEntries(root, "datasets", path));
  for (const YAML::Node& entry : entries) {
    StudyDataset dataset;
    PERMILLE_ASSIGN(dataset.name, YamlString(entry, "name", path));
    PERMILLE_ASSIGN(dataset.title, YamlString(entry, "title", path));
    PERMILLE_ASSIGN(dataset.aliases, YamlStrings(entry, "aliases", path));
    layout.datasets.push_back(std::move(dataset));
  }
  return {};
}

Result<void> ReadModels(const YAML::Node& root, const std::string& path, StudyLayout& layout) {
  PERMILLE_ASSIGN(const auto models, YamlEntries(root, "multi_purpose", path));
  for (const YAML::Node& entry : models) {
    StudyModel model;
    PERMILLE_ASSIGN(model.model, YamlString(entry, "model", path));
    PERMILLE_ASSIGN(model.model_class, YamlString(entry, "class", path));
    PERMILLE_ASSIGN(model.training_kwh, MaybeNumber(entry, "training_kwh", path));
    PERMILLE_ASSIGN(model.finetuning_kwh, MaybeNumber(entry, "finetuning_kwh", path));
    layout.multi_purpose.push_back(std::move(model));
  }
  PERMILLE_ASSIGN(const auto energies, YamlEntries(root, "table_2", path));
  for (const YAML::Node& entry : energies) {
    StudyTaskEnergy energy;
    PERMILLE_ASSIGN(energy.task, YamlString(entry, "task", path));
    PERMILLE_ASSIGN(energy.printed, YamlString(entry, "printed", path));
    PERMILLE_ASSIGN(energy.kwh, YamlNumber(entry, "kwh", path));
    PERMILLE_ASSIGN(energy.one_gpu_kwh, Numbers(entry, "one_gpu_kwh", path));
    layout.table_2.push_back(std::move(energy));
  }
  PERMILLE_ASSIGN(layout.model_aliases, YamlStringMap(root, "model_aliases", path));
  PERMILLE_ASSIGN(const auto left_out, YamlEntries(root, "not_in_tables", path));
  for (const YAML::Node& entry : left_out) {
    PERMILLE_ASSIGN(auto task, YamlString(entry, "task", path));
    PERMILLE_ASSIGN(auto model, YamlString(entry, "model", path));
    layout.not_in_tables.emplace_back(std::move(task), std::move(model));
  }
  return {};
}

}  // namespace

const StudyLog* StudyLayout::FindLog(std::string_view file) const {
  const auto found = std::ranges::find(logs, file, &StudyLog::file);
  return found == logs.end() ? nullptr : &*found;
}

const StudyDataset* StudyLayout::FindDataset(std::string_view name) const {
  for (const StudyDataset& dataset : datasets) {
    const bool alias = std::ranges::find(dataset.aliases, name) != dataset.aliases.end();
    if (alias || dataset.name == name || dataset.title == name) return &dataset;
  }
  return nullptr;
}

const StudyModel* StudyLayout::FindMultiPurpose(std::string_view model) const {
  const auto found = std::ranges::find(multi_purpose, model, &StudyModel::model);
  return found == multi_purpose.end() ? nullptr : &*found;
}

std::string StudyLayout::ModelName(const std::string& spelled) const {
  const auto found = model_aliases.find(spelled);
  return found == model_aliases.end() ? spelled : found->second;
}

bool StudyLayout::InTables(std::string_view task, std::string_view dataset,
                           std::string_view variant, std::string_view model) const {
  const bool logged = std::ranges::any_of(logs, [&](const StudyLog& log) {
    return log.in_tables && log.task == task && log.dataset == dataset && log.variant == variant;
  });
  if (!logged) return false;
  if (variant == "zero-shot" && FindMultiPurpose(model) == nullptr) return false;
  return std::ranges::none_of(not_in_tables, [&](const auto& left_out) {
    return left_out.first == task && left_out.second == model;
  });
}

Result<StudyLayout> LoadStudyLayout() {
  PERMILLE_ASSIGN(const std::string folder, DataDirectory());
  const std::string path = folder + "/catalog/paper/study.yaml";
  PERMILLE_ASSIGN(const YAML::Node root, ReadCatalogYaml(path, kSchema));
  StudyLayout layout;
  PERMILLE_ASSIGN(layout.name, YamlString(root, "name", path));
  PERMILLE_ASSIGN(layout.title, YamlString(root, "title", path));
  PERMILLE_ASSIGN(layout.queries, YamlInteger(root, "queries", path));
  PERMILLE_ASSIGN(const std::int64_t gpus, YamlInteger(root, "gpus_used", path));
  layout.gpus_used = static_cast<int>(gpus);
  PERMILLE_TRY(ReadDatasets(root, path, layout));
  PERMILLE_TRY(ReadLogs(root, path, layout));
  PERMILLE_TRY(ReadModels(root, path, layout));
  return layout;
}

}  // namespace permille
