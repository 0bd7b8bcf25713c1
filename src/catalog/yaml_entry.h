// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"

// Reading of catalog YAML on top of base/yaml.h: whole files with a schema, lists of entries,
// optional keys. Include from .cc files only.

namespace permille {

/// Read a file whose key `schema` must be `schema`.
Result<YAML::Node> ReadCatalogYaml(const std::string& path, const std::string& schema);
/// The list under `key`, which must be there and hold maps.
Result<std::vector<YAML::Node>> YamlEntries(const YAML::Node& node, const std::string& key,
                                            const std::string& path);
/// Refuse keys that are not among `keys`, with "did you mean".
Result<void> YamlOnly(const YAML::Node& node, std::initializer_list<std::string_view> keys,
                      const std::string& path);
/// A string, or `otherwise` when the key is absent.
Result<std::string> YamlStringOr(const YAML::Node& node, const std::string& key,
                                 const std::string& otherwise, const std::string& path);
/// A list of strings; empty when the key is absent.
Result<std::vector<std::string>> YamlStrings(const YAML::Node& node, const std::string& key,
                                             const std::string& path);
/// A map of strings; empty when the key is absent.
Result<std::map<std::string, std::string>> YamlStringMap(const YAML::Node& node,
                                                         const std::string& key,
                                                         const std::string& path);
/// true or false, or absent.
Result<std::optional<bool>> YamlBool(const YAML::Node& node, const std::string& key,
                                     const std::string& path);

}  // namespace permille
