// SPDX-License-Identifier: Apache-2.0
#include "base/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace permille {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kText =
    "name: sst2\n"
    "rows: 872\n"
    "share: 0.5\n"
    "labels: [negative, positive]\n"
    "empty:\n"
    "comma: 3,8\n"
    "nested:\n"
    "  deep: true\n";

YAML::Node Parsed() {
  return ParseYaml(kText, "a.yaml").value();
}

TEST(Yaml, TypedAccessGivesTheValue) {
  EXPECT_EQ(YamlString(Parsed(), "name", "a.yaml").value(), "sst2");
  EXPECT_EQ(YamlInteger(Parsed(), "rows", "a.yaml").value(), 872);
  EXPECT_EQ(YamlNumber(Parsed(), "rows", "a.yaml").value(), 872.0);
  EXPECT_EQ(YamlNumber(Parsed(), "share", "a.yaml").value(), 0.5);
  EXPECT_EQ(YamlString(Parsed()["nested"], "deep", "a.yaml").value(), "true");
}

TEST(Yaml, ErrorsNameFileLineKeyAndValue) {
  EXPECT_EQ(YamlNumber(Parsed(), "comma", "a.yaml").error().message,
            "a.yaml:6: key \"comma\" must be a number, found \"3,8\"");
  EXPECT_EQ(YamlInteger(Parsed(), "share", "a.yaml").error().message,
            "a.yaml:3: key \"share\" must be an integer, found \"0.5\"");
  EXPECT_EQ(YamlString(Parsed(), "labels", "a.yaml").error().message,
            "a.yaml:4: key \"labels\" must be a string, found a list");
  EXPECT_EQ(YamlString(Parsed(), "empty", "a.yaml").error().message,
            "a.yaml:5: key \"empty\" must be a string, found nothing");
  EXPECT_EQ(YamlString(Parsed()["nested"], "gone", "a.yaml").error().message,
            "a.yaml:8: key \"gone\" is missing");
}

TEST(Yaml, AccessToWhatIsNoMapIsAnErrorNotAnException) {
  EXPECT_THAT(YamlString(Parsed()["name"], "x", "a.yaml").error().message,
              HasSubstr("expected a map"));
  EXPECT_THAT(YamlString(Parsed()["labels"], "x", "a.yaml").error().message,
              HasSubstr("expected a map"));
  EXPECT_THAT(YamlString(YAML::Node(), "x", "a.yaml").error().message, HasSubstr("expected a map"));
}

TEST(Yaml, AccessDoesNotChangeTheNode) {
  const YAML::Node node = Parsed();
  EXPECT_FALSE(YamlString(node, "gone", "a.yaml"));
  EXPECT_EQ(node.size(), 7u);
}

TEST(Yaml, SyntaxErrorsNameFileLineAndColumn) {
  const auto node = ParseYaml("a: 1\nb: [1, 2\nc: 3\n", "a.yaml");
  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(node.error().message, testing::MatchesRegex("a\\.yaml:[0-9]+:[0-9]+: .+"));
}

TEST(Yaml, HostileTextsAreErrors) {
  EXPECT_THAT(ParseYaml("\ta: 1", "a.yaml").error().message, StartsWith("a.yaml:1:"));
  EXPECT_FALSE(ParseYaml("a: *nowhere", "a.yaml"));
  EXPECT_FALSE(ParseYaml(std::string(100'000, '['), "a.yaml"));
  EXPECT_FALSE(ParseYaml(std::string(100'000, '{'), "a.yaml"));
  std::string nested;
  for (int i = 0; i < 20'000; ++i) nested += "- ";
  EXPECT_FALSE(ParseYaml(nested, "a.yaml"));
}

TEST(Yaml, PlaceOfANodeIsFileAndLine) {
  EXPECT_EQ(YamlPlace(Parsed()["nested"]["deep"], "a.yaml"), "a.yaml:8");
  EXPECT_EQ(YamlPlace(YAML::Node(YAML::NodeType::Undefined), "a.yaml"), "a.yaml");
}

TEST(Yaml, MissingFileIsNotFound) {
  EXPECT_EQ(ReadYamlFile("/nonexistent/tasks.yaml").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace permille
