// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>

#include "base/spelling.h"
#include "catalog/catalog.h"
#include "catalog/yaml_entry.h"

namespace permille {
namespace {

constexpr std::array<std::string_view, 8> kFormats = {"tsv",   "csv",  "jsonl", "text",
                                                      "conll", "json", "yolo",  "images"};

Result<DatasetEntry> ReadEntry(const YAML::Node& node, const std::string& path) {
  DatasetEntry entry;
  PERMILLE_ASSIGN(entry.name, YamlString(node, "name", path));
  PERMILLE_ASSIGN(const std::string task, YamlString(node, "task", path));
  const auto found = FindTask(task);
  if (!found) {
    return Fail(found.error().code, "{}: field task: {}", YamlPlace(node["task"], path),
                found.error().message);
  }
  entry.task = found->name;
  PERMILLE_ASSIGN(const std::string file, YamlString(node, "path", path));
  entry.path = (std::filesystem::path(path).parent_path() / file).lexically_normal().string();
  PERMILLE_ASSIGN(entry.format, YamlString(node, "format", path));
  if (std::find(kFormats.begin(), kFormats.end(), entry.format) == kFormats.end()) {
    return Fail(ErrorCode::kInvalid,
                "{}: format '{}' is not tsv, csv, jsonl, text, conll, json, yolo or images",
                YamlPlace(node["format"], path), entry.format);
  }
  PERMILLE_ASSIGN(entry.text_field, YamlStringOr(node, "text_field", "", path));
  if (entry.text_field.empty() && (entry.format == "tsv" || entry.format == "csv")) {
    return Fail(ErrorCode::kInvalid, "{}: key \"text_field\" is missing; a {} file needs it",
                YamlPlace(node, path), entry.format);
  }
  PERMILLE_ASSIGN(entry.label_field, YamlStringOr(node, "label_field", "", path));
  PERMILLE_ASSIGN(entry.labels, YamlStringMap(node, "labels", path));
  PERMILLE_ASSIGN(entry.description, YamlStringOr(node, "description", "", path));
  PERMILLE_ASSIGN(entry.source, YamlString(node, "source", path));
  return entry;
}

}  // namespace

Result<std::vector<DatasetEntry>> LoadDatasets() {
  PERMILLE_ASSIGN(const std::string folder, DataDirectory());
  const std::string path = folder + "/catalog/datasets.yaml";
  PERMILLE_ASSIGN(const YAML::Node root, ReadCatalogYaml(path, "permille.datasets/1"));
  PERMILLE_ASSIGN(const auto nodes, YamlEntries(root, "datasets", path));
  std::vector<DatasetEntry> entries;
  for (const YAML::Node& node : nodes) {
    PERMILLE_ASSIGN(DatasetEntry entry, ReadEntry(node, path));
    if (std::any_of(entries.begin(), entries.end(),
                    [&](const auto& other) { return other.name == entry.name; })) {
      return Fail(ErrorCode::kInvalid, "{}: dataset '{}' occurs twice", YamlPlace(node, path),
                  entry.name);
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<DatasetEntry> FindDataset(std::string_view name_or_empty, std::string_view task) {
  PERMILLE_ASSIGN(const auto entries, LoadDatasets());
  std::vector<std::string> known;
  for (const DatasetEntry& entry : entries) {
    known.push_back(entry.name);
    if (name_or_empty.empty() ? entry.task == task : entry.name == name_or_empty) return entry;
  }
  if (name_or_empty.empty()) {
    return Fail(ErrorCode::kNotFound,
                "task '{}' has no dataset of its own yet: give one with --dataset PATH", task);
  }
  if (const auto nearest = Nearest(name_or_empty, known)) {
    return Fail(ErrorCode::kNotFound, "unknown dataset '{}': did you mean '{}'?", name_or_empty,
                *nearest);
  }
  return Fail(ErrorCode::kNotFound,
              "unknown dataset '{}': a name from permille list datasets, or a path", name_or_empty);
}

}  // namespace permille
