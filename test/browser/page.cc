// SPDX-License-Identifier: Apache-2.0
// REPORT.json to PAGE.html, as `permille report --format html` draws it.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "report/html_report.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: browser_page REPORT.json PAGE.html\n", stderr);
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(in), {}};
  std::ofstream out(argv[2], std::ios::binary);
  out << permille::ReportHtml(json);
  out.close();
  if (!in || !out) {
    std::fprintf(stderr, "browser_page: cannot read %s or write %s\n", argv[1], argv[2]);
    return 1;
  }
  return 0;
}
