// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace permille {
namespace {

// Unicode 15.0, table 3-7: well-formed byte sequences, and what is just outside each row.
TEST(Utf8, TellsWellFormedTextFromTheRest) {
  for (const std::string_view good : {"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                      "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(good));
  }
  for (const std::string_view bad : {"\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                                     "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5", "a\xE2\x82"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

TEST(Utf8, CodePointsComeBackAsTheyWereAppended) {
  for (const char32_t c : {U'a', U'\u00E9', U'\u20AC', U'\U0001F600'}) {
    std::string text;
    AppendUtf8(text, c);
    const CodePoint read = DecodeUtf8(text, 0);
    EXPECT_EQ(read.value, c);
    EXPECT_EQ(read.length, text.size());
    EXPECT_EQ(Utf8Length(c), text.size());
    EXPECT_EQ(CountCodePoints(text), 1U);
  }
}

TEST(Utf8, EachBrokenPartIsOneReplacement) {
  // Python: b"\xE2\x82z".decode(errors="replace") is U+FFFD and z.
  const CodePoint broken = DecodeUtf8("\xE2\x82z", 0);
  EXPECT_FALSE(broken.valid);
  EXPECT_EQ(broken.value, kReplacement);
  EXPECT_EQ(broken.length, 2U);
}

}  // namespace
}  // namespace permille
