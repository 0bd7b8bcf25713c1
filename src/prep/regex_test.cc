// SPDX-License-Identifier: Apache-2.0
#include "prep/regex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prep/known_patterns.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Matches(Pattern& pattern, std::string_view text) {
  std::vector<std::string> out;
  ForEachMatch(pattern, text, [&](ByteSpan span) {
    out.emplace_back(text.substr(span.begin, span.end - span.begin));
  });
  return out;
}

std::vector<std::string> Matches(const std::string& expression, std::string_view text) {
  auto regex = Regex::Make(expression, "here");
  EXPECT_TRUE(regex) << regex.error().message;
  return regex ? Matches(**regex, text) : std::vector<std::string>{};
}

TEST(Regex, FindsMatchesInTurn) {
  EXPECT_THAT(Matches(R"(\p{L}+|\d)", "añb 12"), ElementsAre("añb", "1", "2"));
  EXPECT_THAT(Matches(R"((?<=a)b|^x)", "xab b"), ElementsAre("x", "b"));
}

TEST(Regex, AnEmptyMatchNeverFollowsAnotherMatchAtOnce) {
  // rust-onig's find_iter, which tokenizers uses, gives these.
  EXPECT_THAT(Matches("x*", "axé"), ElementsAre("", "x", ""));
}

TEST(Regex, KnowsTheCharactersThatTokenizersKnows) {
  // U+1CBD is a capital since Unicode 11, U+31350 a letter since 15.0 (CJK extension H).
  EXPECT_THAT(Matches(R"(\p{L})", "\u1CBD\U00031350"), ElementsAre("\u1CBD", "\U00031350"));
  EXPECT_THAT(Matches(R"([^\d\\w])", "1w\\x"), ElementsAre("x"));
}

TEST(Regex, NonsenseIsRefusedInOneLine) {
  for (const std::string expression : {"(", "[", "*", "\\p{Nonsense}", "(?<n", "\\"}) {
    const auto regex = Regex::Make(expression, "pattern.Regex");
    ASSERT_FALSE(regex) << expression;
    EXPECT_THAT(regex.error().message, HasSubstr("pattern.Regex: not a regular expression: "));
    EXPECT_EQ(regex.error().message.find('\n'), std::string::npos);
  }
  EXPECT_FALSE(Regex::Make(std::string(1 << 17, 'a'), "x"));
  EXPECT_FALSE(Regex::Make(std::string(5000, '('), "x"));
}

TEST(Regex, APatternMadeToHangEnds) {
  const std::string text = std::string(3000, 'a') + "!";
  // Exponential in the text when followed to the end.
  EXPECT_THAT(Matches("(a|aa)+$", text), ElementsAre());
  EXPECT_THAT(Matches("(a*)*b", text), ElementsAre());
  Matches(R"((?:(?:a+)+)+[^a!])", text + text);
}

TEST(Regex, ALongRunIsStillMatchedWhole) {
  const std::string text = "a" + std::string(50000, ' ') + "b";
  EXPECT_THAT(Matches(R"(\s*[\r\n]+|\s+(?!\S)|\s+|.)", text),
              ElementsAre("a", std::string(49999, ' '), " ", "b"));
}

class KnownPattern : public testing::TestWithParam<const char*> {};

TEST_P(KnownPattern, MatchesAsTheRegularExpressionDoes) {
  const auto known = FindKnownPattern(GetParam());
  const auto regex = Regex::Make(GetParam(), "here");
  ASSERT_TRUE(known && regex);
  for (const std::string text :
       {"I'll  don't\tgo 12,5 x's 've're 'lm!? \n\n end  ", "a b  c   d", "  ", " ", "", "'", "''s",
        "é1é 中文。好 (x|y) a.b…c  ¿q? ١٢ \u00a0\u3000z\u2028", "\r\n \r\n", "'L 's", "[a](b)|c"}) {
    EXPECT_EQ(Matches(*known, text), Matches(**regex, text)) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, KnownPattern,
    testing::Values(R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
                    R"('s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)",
                    " ?[^(\\s|[.,!?…。，、।۔،])]+", R"(\s+)", R"([\s\S])", " {2,}"));

}  // namespace
}  // namespace permille
