// SPDX-License-Identifier: Apache-2.0
#include "report/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace permille {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kOpen = R"(<script type="application/json" id="report">)";

/// What stands in the report's element: as a browser reads it, up to the first end tag.
std::string Inside(const std::string& html) {
  const std::size_t from = html.find(kOpen) + kOpen.size();
  return html.substr(from, html.find("</script", from) - from);
}

std::string Page(std::string_view text) {
  return ReportHtml(Json{{"title", std::string(text)}}.dump());
}

std::string TitleInPage(std::string_view text) {
  return Json::parse(Inside(Page(text))).at("title").get<std::string>();
}

TEST(HtmlReport, IsOneWholePage) {
  const std::string html = ReportHtml("{}");
  EXPECT_THAT(html, StartsWith("<!doctype html>"));
  EXPECT_THAT(html, EndsWith("</html>\n"));
  EXPECT_EQ(Inside(html), "{}");
  EXPECT_THAT(html, Not(HasSubstr("{{report}}")));
}

TEST(HtmlReport, LoadsNothingFromElsewhere) {
  const std::string html = ReportHtml("{}");
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, Not(HasSubstr("unsafe-eval")));
  EXPECT_THAT(html, Not(HasSubstr("unsafe-inline")));
  EXPECT_THAT(html, Not(HasSubstr("<link")));
  EXPECT_THAT(html, Not(HasSubstr(" src=")));
}

TEST(HtmlReport, KeepsTheReportAsItIs) {
  EXPECT_EQ(TitleInPage("plain"), "plain");
  EXPECT_EQ(Inside(ReportHtml(R"({"a":[1,2.5e-5,null,"\u00e9"]})")),
            R"({"a":[1,2.5e-5,null,"\u00e9"]})");
}

TEST(HtmlReport, NoTextEndsItsElement) {
  for (const std::string_view hostile :
       {"</script><script>alert(1)</script>", "</SCRIPT >", "<!--<script>", "<!-- </script -->",
        "<", "</", "<<//", "<!-", "a\u2028b\u2029c", "\xe2\x82\xac 5", "{{report}}", "$&"}) {
    EXPECT_EQ(TitleInPage(hostile), hostile);
    const std::string html = Page(hostile);
    EXPECT_THAT(Inside(html), Not(HasSubstr("<!--"))) << hostile;
    EXPECT_THAT(Inside(html), Not(HasSubstr("\xe2\x80\xa8"))) << hostile;
    EXPECT_THAT(html, EndsWith("</html>\n"));
  }
}

TEST(HtmlReport, TakesLongNames) {
  const std::string name(10'000, '<');
  EXPECT_EQ(TitleInPage(name), name);
}

}  // namespace
}  // namespace permille
