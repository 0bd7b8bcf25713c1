// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <limits>

namespace permille {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string ErrorOf(std::string_view text) {
  const auto json = ParseJson(text, "a.json");
  if (json) return "parsed: " + DumpJson(*json);
  EXPECT_EQ(json.error().code, ErrorCode::kInvalid);
  return json.error().message;
}

std::string Again(std::string_view text) {
  const auto json = ParseJson(text, "a.json");
  return json ? DumpJson(*json) : json.error().message;
}

TEST(Json, KeepsTheOrderOfKeys) {
  EXPECT_EQ(Again(R"( {"z":1, "a":[true,false,null], "m":{"y":-2.5,"b":"x"}} )"),
            R"({"z":1,"a":[true,false,null],"m":{"y":-2.5,"b":"x"}})");
}

TEST(Json, KeepsScalarsAtTheTop) {
  EXPECT_EQ(Again("7"), "7");
  EXPECT_EQ(Again("\"x\""), "\"x\"");
  EXPECT_EQ(Again("[]"), "[]");
  EXPECT_EQ(Again("{}"), "{}");
}

TEST(Json, KeepsTheRangeOfIntegersAndDoubles) {
  EXPECT_EQ(Again("[-9223372036854775808,18446744073709551615,0.1,5e-324,1.7976931348623157e308]"),
            "[-9223372036854775808,18446744073709551615,0.1,5e-324,1.7976931348623157e+308]");
}

TEST(Json, OfARepeatedKeyTheLastValueCounts) {
  EXPECT_EQ(Again(R"({"a":1,"b":2,"a":3,"c":4,"b":5})"), R"({"a":3,"b":5,"c":4})");
}

TEST(Json, ErrorsNameOriginAndPosition) {
  EXPECT_THAT(ErrorOf("{\"a\":1,\n \"b\":}"),
              StartsWith("a.json: not valid JSON: line 2, column 6: "));
  EXPECT_THAT(ErrorOf(""), StartsWith("a.json: not valid JSON: line 1, column 1: "));
}

TEST(Json, HostileTextsAreErrors) {
  for (const char* text :
       {"{", "[1,]", "{\"a\" 1}", "nul", "'a'", "[1] x", "{\"a\":1}}", "\"\xff\"", "\"\\ud800\"",
        "[1e999]", "NaN", "-", "\"\x01\"", "\"unterminated"}) {
    EXPECT_THAT(ErrorOf(text), StartsWith("a.json: not valid JSON: ")) << text;
  }
}

TEST(Json, ErrorsAreOneShortLineWhateverTheInput) {
  const std::string error = ErrorOf("\"" + std::string(1000000, 'x'));
  EXPECT_LT(error.size(), 400u);
  EXPECT_THAT(ErrorOf("[\"a\n\"]"), Not(HasSubstr("\n")));
}

TEST(Json, NestingIsLimited) {
  const auto nested = [](std::size_t depth, std::string_view open, std::string_view close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  EXPECT_TRUE(ParseJson(nested(512, "[", "]"), "a.json"));
  EXPECT_THAT(ErrorOf(nested(513, "[", "]")), HasSubstr("nested deeper than 512 levels"));
  EXPECT_THAT(ErrorOf(nested(1'000'000, "[", "]")), HasSubstr("nested deeper"));
  EXPECT_THAT(ErrorOf(nested(1'000'000, "{\"a\":", "}")), HasSubstr("nested deeper"));
  EXPECT_THAT(ErrorOf(std::string(1'000'000, '[')), HasSubstr("nested deeper"));
}

// A tokenizer's vocabulary is one object of 30,000 to 250,000 keys. Quadratic work would take
// minutes here.
TEST(Json, ReadsAnObjectOfManyKeys) {
  std::string text = "{";
  for (int i = 0; i < 250'000; ++i) text += fmt::format("{}\"token{}\":{}", i > 0 ? "," : "", i, i);
  const auto json = ParseJson(text + "}", "vocab.json");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->size(), 250'000u);
  EXPECT_EQ(std::prev(json->end()).value(), 249'999);
}

TEST(Json, TypedAccessGivesTheValue) {
  const Json json = *ParseJson(R"({"s":"x","i":-3,"f":2.5,"w":1e3,"b":true})", "a");
  EXPECT_EQ(JsonString(json, "s", "a").value(), "x");
  EXPECT_EQ(JsonInteger(json, "i", "a").value(), -3);
  EXPECT_EQ(JsonInteger(json, "w", "a").value(), 1000);
  EXPECT_EQ(JsonNumber(json, "i", "a").value(), -3.0);
  EXPECT_EQ(JsonNumber(json, "f", "a").value(), 2.5);
  EXPECT_EQ(JsonBool(json, "b", "a").value(), true);
}

TEST(Json, TypedAccessNamesOriginKeyAndWhatWasFound) {
  const Json json = *ParseJson(
      R"({"s":"x","f":2.5,"big":18446744073709551615,"n":null,"o":{},"huge":1e30})", "a");
  EXPECT_EQ(JsonNumber(json, "s", "a.json").error().message,
            "a.json: key \"s\" must be a number, found \"x\"");
  EXPECT_EQ(JsonString(json, "o", "a").error().message,
            "a: key \"o\" must be a string, found an object");
  EXPECT_EQ(JsonInteger(json, "f", "a").error().message,
            "a: key \"f\" must be an integer, found 2.5");
  EXPECT_FALSE(JsonInteger(json, "big", "a"));
  EXPECT_FALSE(JsonInteger(json, "huge", "a"));
  EXPECT_EQ(JsonBool(json, "n", "a").error().message, "a: key \"n\" is missing");
  EXPECT_EQ(JsonBool(json, "absent", "a").error().message, "a: key \"absent\" is missing");
  EXPECT_THAT(JsonString(Json::array(), "s", "a").error().message, HasSubstr("expected an object"));
}

TEST(Json, DumpReplacesWhatJsonCannotSay) {
  Json json;
  json["nan"] = std::numeric_limits<double>::quiet_NaN();
  json["inf"] = std::numeric_limits<double>::infinity();
  json["text"] = "a\xff\xc3z";
  json["zero"] = std::string("\0", 1);
  EXPECT_EQ(
      DumpJson(json),
      "{\"nan\":null,\"inf\":null,\"text\":\"a\xEF\xBF\xBD\xEF\xBF\xBDz\",\"zero\":\"\\u0000\"}");
}

TEST(Json, FilesAreReadUpToALimit) {
  const std::string path = testing::TempDir() + "/permille_json_test.json";
  std::ofstream(path) << R"({"a":1})";
  EXPECT_EQ(DumpJson(ReadJsonFile(path).value()), R"({"a":1})");
  EXPECT_EQ(ReadJsonFile(path, 3).error().code, ErrorCode::kInvalid);
  std::remove(path.c_str());
  EXPECT_EQ(ReadJsonFile(path).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace permille
