// SPDX-License-Identifier: Apache-2.0
#include "report/html_report.h"

#include <array>
#include <cassert>
#include <utility>

// The bundled page, laid into the program by cmake/explorer.cmake.
extern "C" const char permille_explorer_page[];
extern "C" const char permille_explorer_page_end[];

namespace permille {
namespace {

constexpr std::string_view kPlaceholder = "{{report}}";

// In valid JSON these can stand only inside a string, where the escaped form means the same. `</`
// could end the script element, `<!--` with `<script` keep it from ending (HTML, "script data
// double escaped state"); the two separators are line ends to JavaScript before ES2019.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kEscapes = {{
    {"</", "<\\/"},
    {"<!--", "\\u003c!--"},
    {"\xe2\x80\xa8", "\\u2028"},
    {"\xe2\x80\xa9", "\\u2029"},
}};

void AppendEscaped(std::string_view json, std::string& out) {
  std::size_t copied = 0;
  for (std::size_t at = json.find_first_of("<\xe2"); at != std::string_view::npos;
       at = json.find_first_of("<\xe2", at)) {
    const std::string_view rest = json.substr(at);
    std::size_t taken = 1;
    for (const auto& [from, to] : kEscapes) {
      if (!rest.starts_with(from)) continue;
      out.append(json.substr(copied, at - copied)).append(to);
      taken = from.size();
      copied = at + taken;
      break;
    }
    at += taken;
  }
  out.append(json.substr(copied));
}

}  // namespace

std::string ReportHtml(std::string_view report_json) {
  const std::string_view page(
      permille_explorer_page,
      static_cast<std::size_t>(permille_explorer_page_end - permille_explorer_page));
  const std::size_t slot = page.find(kPlaceholder);
  assert(slot != std::string_view::npos);  // explorer/build.mjs checks that it is there, once
  std::string html;
  html.reserve(page.size() + report_json.size() + report_json.size() / 64);
  html.append(page.substr(0, slot));
  AppendEscaped(report_json, html);
  html.append(page.substr(slot + kPlaceholder.size()));
  return html;
}

}  // namespace permille
