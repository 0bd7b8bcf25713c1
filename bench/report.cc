// SPDX-License-Identifier: Apache-2.0
// A report of 1,000 cells x 100 runs: reading the store, analysing it, and each form of the text.
//
//     report [PAGE.html [STORE.db]]
//
// The store is made for it through Store::AppendAll and holds runs of the form that imported logs
// have (synthetic_study.h): two windows, three channels, no latencies of single queries. PAGE.html,
// STORE.db: where to keep what was made. Budget: at most 5 s for a report in any form (medians of
// 3).

#include "report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/stats.h"
#include "report/html_report.h"
#include "report/methods_text.h"
#include "report/table_text.h"
#include "store/store.h"
#include "support/temp_tree.h"
#include "synthetic_study.h"

namespace permille {
namespace {

constexpr std::size_t kCells = 1000;
constexpr int kRepeats = 100;
constexpr int kTimes = 3;
constexpr double kBudgetSeconds = 5;

using Text = std::function<Result<std::string>(const StudyReport&)>;

Result<std::string> Page(const StudyReport& report) {
  PERMILLE_ASSIGN(const std::string json, PageJson(report));
  return ReportHtml(json);
}

/// The sections that `permille report` prints of a large store.
Result<std::string> Terminal(const StudyReport& report) {
  std::string text = MethodsText(report);
  const auto add = [&text](const DataTable& table) {
    if (!table.rows.empty()) text += "\n" + TableTerm(table, 160);
  };
  for (const DataTable& table : report.tables) add(table);
  for (const DataTable* table :
       {&report.claims, &report.parity, &report.self_check, &report.totals})
    add(*table);
  return text;
}

/// Seconds that something takes: median of three, with the last result.
template <class T>
Result<double> Time(T& last, const std::function<Result<T>()>& what) {
  std::vector<double> took;
  for (int i = 0; i < kTimes; ++i) {
    const Instant begin = SteadyClock().Now();
    PERMILLE_ASSIGN(last, what());
    took.push_back((SteadyClock().Now() - begin).value());
  }
  return *Median(took);
}

Result<void> MakeStore(const std::string& path) {
  PERMILLE_ASSIGN(const StudyLayout layout, LoadStudyLayout());
  const SyntheticStudy study = MakeSyntheticStudy(layout, kCells, kRepeats);
  const Instant begin = SteadyClock().Now();
  PERMILLE_ASSIGN(const auto store, Store::Open(path, OpenMode::kWrite));
  PERMILLE_TRY(store->AppendAll(study.runs, study.facts));
  fmt::print(
      "made: {} cells x {} runs like imported ones (2 windows, 3 channels, no latencies of "
      "single queries), {} in all; appended in {:.2f} s\n",
      kCells, kRepeats, study.runs.size(), (SteadyClock().Now() - begin).value());
  return {};
}

Result<void> Bench(const std::string& page, const std::string& kept) {
  TempTree tree;
  const std::string path = kept.empty() ? tree.Path("synthetic.db") : kept;
  PERMILLE_TRY(MakeStore(path));
  StudyReport report;
  PERMILLE_ASSIGN(const double analysed,
                  Time<StudyReport>(report, [&] { return AnalyseStudy(path, {}); }));
  const auto known = std::ranges::count_if(report.claims.rows, [&](const auto& row) {
    return std::holds_alternative<double>(row[FindColumn(report.claims, "estimate")]);
  });
  fmt::print("reading and analysing {:.2f} s: {} cells, {} of {} claims have an estimate\n",
             analysed, report.cells.size(), known, report.claims.rows.size());
  const std::vector<std::pair<const char*, Text>> forms = {
      {"JSON", [](const StudyReport& one) -> Result<std::string> { return StudyJson(one); }},
      {"HTML", Page},
      {"terminal", Terminal}};
  for (const auto& [name, make] : forms) {
    std::string text;
    PERMILLE_ASSIGN(const double took,
                    Time<std::string>(text, [&, &write = make] { return write(report); }));
    const double whole = analysed + took;
    fmt::print("{:<8} {:8.3f} MB in {:.2f} s: the report {:6.2f} s   budget {:g} s: {}\n", name,
               static_cast<double>(text.size()) * 1e-6, took, whole, kBudgetSeconds,
               whole <= kBudgetSeconds ? "kept" : "EXCEEDED");
    if (!page.empty() && name == forms[1].first) PERMILLE_TRY(WriteFile(page, text));
  }
  return {};
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  const auto done = permille::Bench(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "");
  if (!done) fmt::print(stderr, "report: {}\n", done.error().message);
  return done ? 0 : 1;
}
