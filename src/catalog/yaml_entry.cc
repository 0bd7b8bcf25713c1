// SPDX-License-Identifier: Apache-2.0
#include "catalog/yaml_entry.h"

#include <algorithm>

#include "base/spelling.h"

namespace permille {

Result<YAML::Node> ReadCatalogYaml(const std::string& path, const std::string& schema) {
  PERMILLE_ASSIGN(YAML::Node root, ReadYamlFile(path));
  PERMILLE_ASSIGN(const std::string found, YamlString(root, "schema", path));
  if (found != schema) {
    return Fail(ErrorCode::kInvalid, "{}: schema '{}' is not one this version reads; expected '{}'",
                YamlPlace(root["schema"], path), found, schema);
  }
  return root;
}

Result<std::vector<YAML::Node>> YamlEntries(const YAML::Node& node, const std::string& key,
                                            const std::string& path) {
  const YAML::Node list = node[key];
  if (!list.IsDefined() || !list.IsSequence()) {
    return Fail(ErrorCode::kInvalid, "{}: key \"{}\" must be a list",
                YamlPlace(list.IsDefined() ? list : node, path), key);
  }
  std::vector<YAML::Node> entries;
  for (const auto& entry : list) {
    if (!entry.IsMap()) {
      return Fail(ErrorCode::kInvalid, "{}: an entry of \"{}\" must be a map",
                  YamlPlace(entry, path), key);
    }
    entries.push_back(entry);
  }
  return entries;
}

Result<void> YamlOnly(const YAML::Node& node, std::initializer_list<std::string_view> keys,
                      const std::string& path) {
  for (const auto& item : node) {
    const std::string key = item.first.IsScalar() ? item.first.Scalar() : "";
    if (std::ranges::find(keys, key) != keys.end()) continue;
    return Fail(ErrorCode::kInvalid, "{}: unknown field '{}'{}", YamlPlace(item.first, path), key,
                DidYouMean(key, std::vector<std::string_view>(keys)));
  }
  return {};
}

Result<std::string> YamlStringOr(const YAML::Node& node, const std::string& key,
                                 const std::string& otherwise, const std::string& path) {
  if (!node[key].IsDefined()) return otherwise;
  return YamlString(node, key, path);
}

Result<std::vector<std::string>> YamlStrings(const YAML::Node& node, const std::string& key,
                                             const std::string& path) {
  std::vector<std::string> out;
  const YAML::Node list = node[key];
  if (!list.IsDefined()) return out;
  if (!list.IsSequence())
    return Fail(ErrorCode::kInvalid, "{}: \"{}\" must be a list", YamlPlace(list, path), key);
  for (const auto& item : list) {
    if (!item.IsScalar()) {
      return Fail(ErrorCode::kInvalid, "{}: \"{}\" must hold strings", YamlPlace(item, path), key);
    }
    out.push_back(item.Scalar());
  }
  return out;
}

Result<std::map<std::string, std::string>> YamlStringMap(const YAML::Node& node,
                                                         const std::string& key,
                                                         const std::string& path) {
  std::map<std::string, std::string> out;
  const YAML::Node map = node[key];
  if (!map.IsDefined()) return out;
  if (!map.IsMap())
    return Fail(ErrorCode::kInvalid, "{}: \"{}\" must be a map", YamlPlace(map, path), key);
  for (const auto& item : map) {
    if (!item.first.IsScalar() || !item.second.IsScalar()) {
      return Fail(ErrorCode::kInvalid, "{}: \"{}\" must map strings to strings",
                  YamlPlace(item.first, path), key);
    }
    if (!out.emplace(item.first.Scalar(), item.second.Scalar()).second) {
      return Fail(ErrorCode::kInvalid, "{}: \"{}\" has '{}' twice", YamlPlace(item.first, path),
                  key, item.first.Scalar());
    }
  }
  return out;
}

Result<std::optional<bool>> YamlBool(const YAML::Node& node, const std::string& key,
                                     const std::string& path) {
  if (!node[key].IsDefined()) return std::nullopt;
  PERMILLE_ASSIGN(const std::string text, YamlString(node, key, path));
  if (text == "true") return true;
  if (text == "false") return false;
  return Fail(ErrorCode::kInvalid, "{}: key \"{}\" must be true or false, found \"{}\"",
              YamlPlace(node[key], path), key, text);
}

}  // namespace permille
