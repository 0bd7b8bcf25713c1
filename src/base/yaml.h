// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace permille {

/// Parse YAML; errors read `file:line:column: reason`. Include this header from .cc files only.
Result<YAML::Node> ParseYaml(std::string_view text, std::string_view origin);
Result<YAML::Node> ReadYamlFile(const std::string& path);
/// `origin:line` of a node, for error messages about its value.
std::string YamlPlace(const YAML::Node& node, std::string_view origin);
/// The scalar of `node[key]`, converted; the error names the place, the key and the value.
Result<std::string> YamlString(const YAML::Node& node, const std::string& key,
                               std::string_view origin);
Result<double> YamlNumber(const YAML::Node& node, const std::string& key, std::string_view origin);
Result<std::int64_t> YamlInteger(const YAML::Node& node, const std::string& key,
                                 std::string_view origin);

}  // namespace permille
