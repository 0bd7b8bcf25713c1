// SPDX-License-Identifier: Apache-2.0
#include "base/yaml.h"

#include <charconv>
#include <exception>

#include "base/csv.h"
#include "base/file.h"

namespace permille {
namespace {

constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 26;

std::string Place(const YAML::Mark& mark, std::string_view origin, bool column) {
  if (mark.is_null()) return std::string(origin);
  if (column) return fmt::format("{}:{}:{}", origin, mark.line + 1, mark.column + 1);
  return fmt::format("{}:{}", origin, mark.line + 1);
}

std::string Found(const YAML::Node& value) {
  if (value.IsMap()) return "a map";
  if (value.IsSequence()) return "a list";
  if (value.IsNull()) return "nothing";
  return fmt::format("\"{}\"", value.Scalar().substr(0, 80));
}

/// Where a key stands; the mark of an empty value would be that of the next line.
std::string KeyPlace(const YAML::Node& node, const std::string& key, std::string_view origin) {
  for (const auto& member : node) {
    if (member.first.IsScalar() && member.first.Scalar() == key)
      return YamlPlace(member.first, origin);
  }
  return YamlPlace(node, origin);
}

tl::unexpected<Error> WrongType(std::string_view wanted, const YAML::Node& node,
                                const std::string& key, std::string_view origin) {
  return Fail(ErrorCode::kInvalid, "{}: key \"{}\" must be {}, found {}",
              KeyPlace(node, key, origin), key, wanted, Found(node[key]));
}

/// The text of a member that is a scalar.
Result<std::string> Member(const YAML::Node& node, const std::string& key, std::string_view wanted,
                           std::string_view origin) {
  if (!node.IsDefined() || !node.IsMap()) {
    return Fail(ErrorCode::kInvalid, "{}: expected a map with key \"{}\"", YamlPlace(node, origin),
                key);
  }
  const YAML::Node value = node[key];
  if (!value.IsDefined()) {
    return Fail(ErrorCode::kInvalid, "{}: key \"{}\" is missing", YamlPlace(node, origin), key);
  }
  if (!value.IsScalar()) return WrongType(wanted, node, key, origin);
  return value.Scalar();
}

}  // namespace

Result<YAML::Node> ParseYaml(std::string_view text, std::string_view origin) {
  try {
    return YAML::Load(std::string(text));
  } catch (const YAML::Exception& e) {
    return Fail(ErrorCode::kInvalid, "{}: {}", Place(e.mark, origin, true), e.msg);
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInvalid, "{}: cannot be read as YAML: {}", origin, e.what());
  }
}

Result<YAML::Node> ReadYamlFile(const std::string& path) {
  PERMILLE_ASSIGN(const auto text, ReadFile(path, kMaxYamlBytes));
  return ParseYaml(text, path);
}

std::string YamlPlace(const YAML::Node& node, std::string_view origin) {
  return node.IsDefined() ? Place(node.Mark(), origin, false) : std::string(origin);
}

Result<std::string> YamlString(const YAML::Node& node, const std::string& key,
                               std::string_view origin) {
  return Member(node, key, "a string", origin);
}

Result<double> YamlNumber(const YAML::Node& node, const std::string& key, std::string_view origin) {
  PERMILLE_ASSIGN(const auto text, Member(node, key, "a number", origin));
  const auto number = ParseNumber(text);
  if (!number) return WrongType("a number", node, key, origin);
  return *number;
}

Result<std::int64_t> YamlInteger(const YAML::Node& node, const std::string& key,
                                 std::string_view origin) {
  PERMILLE_ASSIGN(const auto text, Member(node, key, "an integer", origin));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    return WrongType("an integer", node, key, origin);
  return number;
}

}  // namespace permille
