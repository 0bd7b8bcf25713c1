// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model_yaml.h"

#include "base/csv.h"
#include "base/json.h"
#include "base/yaml.h"

namespace permille {
namespace {

constexpr std::size_t kMostValues = 100'000;  // aliases can make a small file expand without end
constexpr int kDeepest = 32;

Json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  const bool quoted = node.Tag() == "!";
  if (quoted) return text;
  if (text == "true" || text == "false") return text == "true";
  if (const auto number = ParseNumber(text)) {
    const Json parsed = Json::parse(text, nullptr, false);  // keeps whole numbers whole
    return parsed.is_number() ? parsed : Json(*number);
  }
  return text;
}

Result<Json> Convert(const YAML::Node& node, const std::string& path, int depth,
                     std::size_t& values) {
  if (++values > kMostValues || depth > kDeepest) {
    return Fail(ErrorCode::kInvalid, "{}: too large or too deep for a model description",
                YamlPlace(node, path));
  }
  if (node.IsNull()) return Json();
  if (node.IsScalar()) return Scalar(node);
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const YAML::Node& item : node) {
      PERMILLE_ASSIGN(Json value, Convert(item, path, depth + 1, values));
      list.push_back(std::move(value));
    }
    return list;
  }
  Json object = Json::object();
  for (const auto& member : node) {
    if (!member.first.IsScalar()) {
      return Fail(ErrorCode::kInvalid, "{}: a key must be a word", YamlPlace(member.first, path));
    }
    PERMILLE_ASSIGN(Json value, Convert(member.second, path, depth + 1, values));
    object[member.first.Scalar()] = std::move(value);
  }
  return object;
}

}  // namespace

Result<JsonDocument> ReadYamlAsJson(const std::string& path) {
  PERMILLE_ASSIGN(const YAML::Node root, ReadYamlFile(path));
  std::size_t values = 0;
  PERMILLE_ASSIGN(const Json json, Convert(root, path, 0, values));
  return JsonDocument::Parse(DumpJson(json), path);
}

}  // namespace permille
