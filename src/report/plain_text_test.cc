// SPDX-License-Identifier: Apache-2.0
#include "report/plain_text.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace permille {
namespace {

TEST(OneLine, OrdinaryTextPassesInAnyScript) {
  for (const char* text : {"", "bert-base-uncased", "naïve", "千分之", "🔋 battery"})
    EXPECT_EQ(OneLine(text), text);
}

TEST(OneLine, LineBreaksAndTerminalEscapesBecomeSpaces) {
  EXPECT_EQ(OneLine("a\nb\r\tc"), "a b  c");
  EXPECT_EQ(OneLine("\x1B[31mred"), " [31mred");
  EXPECT_EQ(OneLine(std::string_view("nul\0byte", 8)), "nul byte");
  EXPECT_EQ(OneLine("next\xC2\x85line\xE2\x80\xA8sep"), "next line sep");
}

struct Malformed {
  const char* name;
  std::string bytes;
  std::string shown;
};

TEST(OneLine, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  const std::string r = "\xEF\xBF\xBD";
  for (const Malformed& bad :
       {Malformed{"lone continuation", "a\x80z", "a" + r + "z"},
        Malformed{"overlong slash", "\xC0\xAF", r + r}, Malformed{"cut short", "\xE2\x82", r + r},
        Malformed{"overlong three", "\xE0\x80\xAF", r + r + r},
        Malformed{"surrogate", "\xED\xA0\x80", r + r + r},
        Malformed{"above the last plane", "\xF4\x90\x80\x80", r + r + r + r},
        Malformed{"latin-1", "caf\xE9!", "caf" + r + "!"}})
    EXPECT_EQ(OneLine(bad.bytes), bad.shown) << bad.name;
}

TEST(OneLine, DirectionMarksAndNoncharactersAreShownAsReplaced) {
  EXPECT_EQ(OneLine("a\xE2\x80\xAE"
                    "b"),
            "a\xEF\xBF\xBD"
            "b");  // U+202E right-to-left override
  EXPECT_EQ(OneLine("a\xEF\xBF\xBF"
                    "b"),
            "a\xEF\xBF\xBD"
            "b");  // U+FFFF
}

TEST(Ellipsised, ShortTextIsLeftAlone) {
  EXPECT_EQ(Ellipsised("abc", 3), "abc");
  EXPECT_EQ(Ellipsised("", 1), "");
}

TEST(Ellipsised, CutsAtCodePointsAndCountsTheEllipsis) {
  EXPECT_EQ(Ellipsised("abcd", 3), "ab…");
  EXPECT_EQ(Ellipsised("千分之一", 3), "千分…");
  EXPECT_EQ(Ellipsised("abcd", 1), "…");
  EXPECT_EQ(CountCodePoints(Ellipsised(std::string(10000, 'x'), 40)), 40U);
}

TEST(Ellipsised, CombiningMarkIsNotTornFromItsLetter) {
  EXPECT_EQ(Ellipsised("abe\xCC\x81xyz", 4), "ab…");  // the accent does not fit: nor does its e
  EXPECT_EQ(Ellipsised("abe\xCC\x81xyz", 5), "abe\xCC\x81…");
}

TEST(XmlEscaped, MarkupIsShownAsText) {
  EXPECT_EQ(XmlEscaped("<script>alert('x' & \"y\")</script>"),
            "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;");
}

}  // namespace
}  // namespace permille
