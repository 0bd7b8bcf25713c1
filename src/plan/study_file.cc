// SPDX-License-Identifier: Apache-2.0
#include "plan/study_file.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>
#include <system_error>

#include "base/spelling.h"
#include "catalog/catalog.h"
#include "catalog/yaml_entry.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = "permille.study/1";
constexpr std::int64_t kMost = 1'000'000'000;
constexpr double kLongest = 1e6;  // seconds

constexpr std::string_view kStudyFields[] = {"schema", "name",     "title",      "weights",
                                             "engine", "repeats",  "queries",    "warmup",
                                             "batch",  "budget_s", "baseline_s", "cells"};
constexpr std::string_view kCellFields[] = {
    "model",   "task",   "dataset", "weights",  "engine",     "options",    "repeats",
    "queries", "warmup", "batch",   "budget_s", "baseline_s", "extrapolate"};

/// A field that nobody reads is a mistake, not a comment.
Result<void> CheckFields(const YAML::Node& map, std::span<const std::string_view> known,
                         const std::string& path) {
  for (const auto& field : map) {
    const std::string name = field.first.IsScalar() ? field.first.Scalar() : "?";
    if (std::ranges::find(known, name) != known.end()) continue;
    return Fail(ErrorCode::kInvalid, "{}: there is no field '{}'{}", YamlPlace(field.first, path),
                name, DidYouMean(name, known));
  }
  return {};
}

Result<void> ReadCount(const YAML::Node& node, const char* field, std::int64_t least,
                       const std::string& path, std::optional<std::int64_t>& count) {
  if (!node[field].IsDefined()) return {};
  PERMILLE_ASSIGN(const std::int64_t number, YamlInteger(node, field, path));
  if (number < least || number > kMost) {
    return Fail(ErrorCode::kInvalid, "{}: {}: {} is not in {}..{}", YamlPlace(node[field], path),
                field, number, least, kMost);
  }
  count = number;
  return {};
}

Result<void> ReadSeconds(const YAML::Node& node, const char* field, const std::string& path,
                         std::optional<Seconds>& seconds) {
  if (!node[field].IsDefined()) return {};
  PERMILLE_ASSIGN(const double number, YamlNumber(node, field, path));
  if (!(number >= 0 && number <= kLongest)) {
    return Fail(ErrorCode::kInvalid, "{}: {}: {} is not a number of seconds",
                YamlPlace(node[field], path), field, number);
  }
  seconds = Seconds(number);
  return {};
}

/// What the whole file and each of its cells may say.
Result<void> ReadShared(const YAML::Node& node, const std::string& path, StudyCell& cell) {
  PERMILLE_ASSIGN(cell.weights, YamlStringOr(node, "weights", cell.weights, path));
  PERMILLE_ASSIGN(cell.engine, YamlStringOr(node, "engine", cell.engine, path));
  PERMILLE_TRY(ReadCount(node, "repeats", 1, path, cell.repeats));
  PERMILLE_TRY(ReadCount(node, "queries", 1, path, cell.queries));
  PERMILLE_TRY(ReadCount(node, "warmup", 0, path, cell.warmup));
  PERMILLE_TRY(ReadCount(node, "batch", 1, path, cell.batch));
  PERMILLE_TRY(ReadSeconds(node, "budget_s", path, cell.budget));
  return ReadSeconds(node, "baseline_s", path, cell.baseline);
}

/// A file or folder that a name means, seen from the study's folder; empty when there is none.
std::string PathFrom(const std::string& study, const std::string& name) {
  if (name.empty()) return {};
  std::error_code error;
  const fs::path path = fs::absolute(study, error).parent_path() / name;
  return fs::exists(path, error) ? path.lexically_normal().string() : std::string();
}

Result<StudyCell> ReadCell(const YAML::Node& entry, const std::string& path,
                           const StudyCell& defaults) {
  PERMILLE_TRY(CheckFields(entry, kCellFields, path));
  StudyCell cell = defaults;
  cell.place = YamlPlace(entry, path);
  PERMILLE_TRY(ReadShared(entry, path, cell));
  PERMILLE_ASSIGN(cell.model, YamlString(entry, "model", path));
  PERMILLE_ASSIGN(cell.task, YamlStringOr(entry, "task", "", path));
  PERMILLE_ASSIGN(cell.dataset, YamlStringOr(entry, "dataset", "", path));
  PERMILLE_ASSIGN(cell.options, YamlStringMap(entry, "options", path));
  PERMILLE_ASSIGN(const auto extrapolate, YamlBool(entry, "extrapolate", path));
  cell.extrapolate = extrapolate.value_or(false);
  cell.folder = PathFrom(path, cell.model);
  cell.dataset_path = PathFrom(path, cell.dataset);
  return cell;
}

/// The file of a study: a path, or a name in catalog/studies.
Result<std::string> FindStudy(std::string_view name_or_path) {
  const std::string name(name_or_path);
  std::error_code error;
  if (fs::is_regular_file(name, error)) return name;
  PERMILLE_ASSIGN(const std::string data, DataDirectory());
  const fs::path folder = fs::path(data) / "catalog" / "studies";
  std::vector<std::string> known;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".yaml") continue;
    if (it->path().stem() == name) return it->path().string();
    known.push_back(it->path().stem().string());
  }
  std::ranges::sort(known);
  const auto nearest = Nearest(name, known);
  return Fail(ErrorCode::kNotFound, "no study '{}': {}; or give the path of a YAML file", name,
              nearest ? fmt::format("did you mean '{}'?", *nearest)
                      : fmt::format("there are {}", fmt::join(known, ", ")));
}

}  // namespace

Result<StudyFile> LoadStudy(std::string_view name_or_path) {
  StudyFile study;
  PERMILLE_ASSIGN(study.path, FindStudy(name_or_path));
  const std::string& path = study.path;
  PERMILLE_ASSIGN(const YAML::Node root, ReadCatalogYaml(path, kSchema));
  PERMILLE_TRY(CheckFields(root, kStudyFields, path));
  PERMILLE_ASSIGN(study.name, YamlStringOr(root, "name", fs::path(path).stem().string(), path));
  PERMILLE_ASSIGN(study.title, YamlStringOr(root, "title", study.name, path));
  StudyCell defaults;
  PERMILLE_TRY(ReadShared(root, path, defaults));
  PERMILLE_ASSIGN(const auto entries, YamlEntries(root, "cells", path));
  for (const YAML::Node& entry : entries) {
    PERMILLE_ASSIGN(StudyCell cell, ReadCell(entry, path, defaults));
    study.cells.push_back(std::move(cell));
  }
  if (study.cells.empty()) {
    return Fail(ErrorCode::kInvalid, "{}: \"cells\" names none: nothing to measure",
                YamlPlace(root["cells"], path));
  }
  return study;
}

}  // namespace permille
