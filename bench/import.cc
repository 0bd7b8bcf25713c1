// SPDX-License-Identifier: Apache-2.0
// Importing the study's logs, and the same join by pandas beside it in the same run.
//
//     import LOGS [SCRIPT PYTHON] [ROUNDS]
//
// LOGS: ../shared/paper/logs. SCRIPT: tools/peers/pandas_join.py; PYTHON: one that has pandas;
// without them ours is timed alone. Every round reads all files with objects of its own and appends
// them to a fresh store, then lets pandas join them, or the other way round. Files are in the
// system's cache: one round of either goes before and is not counted. Budgets: at most 2 s
// (median), and a tenth of what pandas takes, its start-up left out. The means of Table 2 of both
// must agree to 1e-9.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyse/study.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/stats.h"
#include "base/subprocess.h"
#include "catalog/study_layout.h"
#include "exchange/codecarbon.h"
#include "store/store.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

constexpr double kBudgetSeconds = 2;
constexpr double kBudgetRatio = 0.1;
constexpr double kAgreement = 1e-9;

using Means = std::map<std::string, double>;  // task -> kWh for 1,000 queries

struct Peer {
  std::string script;
  std::string python;
};

struct Ours {
  Seconds took;
  Seconds reading;  ///< of these, before the store
  std::size_t files = 0;
  std::size_t runs = 0;
};

struct Theirs {
  Seconds took;     ///< the join alone, as the script timed it
  Seconds process;  ///< with Python's start-up
  std::string version;
  std::size_t files = 0;
  Means means;
};

/// Import into a store that is not there yet.
Result<Ours> Import(const std::string& logs, const std::string& store) {
  Ours ours;
  const Instant begin = SteadyClock().Now();
  PERMILLE_ASSIGN(const StudyLayout layout, LoadStudyLayout());
  PERMILLE_ASSIGN(const CodeCarbonImport import, ReadCodeCarbon(logs, layout, {}));
  ours.reading = SteadyClock().Now() - begin;
  PERMILLE_ASSIGN(const auto written, Store::Open(store, OpenMode::kWrite));
  PERMILLE_TRY(written->AppendAll(import.runs, import.facts));
  ours.took = SteadyClock().Now() - begin;
  ours.files = import.files;
  ours.runs = import.runs.size();
  return ours;
}

Result<Theirs> Join(const Peer& peer, const std::string& logs) {
  SubprocessOptions options;
  options.out = Stream::kPipe;
  const Instant begin = SteadyClock().Now();
  PERMILLE_ASSIGN(const auto child, Subprocess::Start({peer.python, peer.script, logs}, options));
  PERMILLE_ASSIGN(const std::string text, child->ReadAll());
  PERMILLE_ASSIGN(const ExitStatus status, child->Wait());
  Theirs theirs;
  theirs.process = SteadyClock().Now() - begin;
  if (status.code != 0)
    return Fail(ErrorCode::kUnavailable, "{} {} failed", peer.python, peer.script);
  PERMILLE_ASSIGN(const Json json, ParseJson(text, peer.script));
  theirs.took = Seconds(json.value("seconds", 0.0));
  theirs.version = json.value("pandas", "");
  theirs.files = json.value("files", std::size_t{0});
  theirs.means = json.value("table2", Means());
  return theirs;
}

Result<Means> Table2(const std::string& store) {
  PERMILLE_ASSIGN(const StudyReport report, AnalyseStudy(store, {}));
  Means means;
  for (const DataTable& table : report.tables) {
    if (table.id != "table-2") continue;
    const std::size_t task = FindColumn(table, "task");
    const std::size_t mean = FindColumn(table, "energy_kwh.mean");
    for (const auto& row : table.rows)
      means[std::get<std::string>(row[task])] = std::get<double>(row[mean]);
  }
  return means;
}

Result<void> PrintAgreement(const Means& ours, const Means& theirs) {
  double worst = 0;
  for (const auto& [task, mean] : theirs) {
    const auto found = ours.find(task);
    if (found == ours.end())
      return Fail(ErrorCode::kInternal, "pandas has {} in Table 2, permille has not", task);
    worst = std::max(worst, std::abs(found->second / mean - 1));
  }
  const bool agree = ours.size() == theirs.size() && !ours.empty() && worst <= kAgreement;
  fmt::print("means of Table 2, {} tasks: within {:.1e} of each other   {:g} asked for: {}\n",
             theirs.size(), worst, kAgreement, agree ? "kept" : "EXCEEDED");
  return {};
}

void PrintOurs(const std::vector<Ours>& rounds) {
  std::vector<double> took;
  std::vector<double> reading;
  for (const Ours& round : rounds) {
    took.push_back(round.took.value());
    reading.push_back(round.reading.value());
  }
  const double median = *Median(took);
  fmt::print(
      "permille: {} files, {} runs: {:.3f} s (median of {}; {:.3f} to {:.3f}), reading and "
      "joining {:.3f} s of it   budget {:g} s: {}\n",
      rounds.front().files, rounds.front().runs, median, took.size(),
      *std::ranges::min_element(took), *std::ranges::max_element(took), *Median(reading),
      kBudgetSeconds, median <= kBudgetSeconds ? "kept" : "EXCEEDED");
}

void PrintRatio(const std::vector<Ours>& ours, const std::vector<Theirs>& theirs) {
  std::vector<double> took;
  std::vector<double> ratios;
  std::vector<double> of_process;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    took.push_back(theirs[i].took.value());
    ratios.push_back(ours[i].took / theirs[i].took);
    of_process.push_back(ours[i].took / theirs[i].process);
  }
  const double median = *Median(ratios);
  fmt::print("pandas {}: {} files: {:.3f} s (median of {}; {:.3f} to {:.3f})\n",
             theirs.front().version, theirs.front().files, *Median(took), took.size(),
             *std::ranges::min_element(took), *std::ranges::max_element(took));
  fmt::print(
      "ratio {:.4f} (median of pairs; {:.4f} to {:.4f}; {:.4f} of the whole process)   "
      "budget {:g}: {}\n",
      median, *std::ranges::min_element(ratios), *std::ranges::max_element(ratios),
      *Median(of_process), kBudgetRatio, median <= kBudgetRatio ? "kept" : "EXCEEDED");
}

Result<void> Bench(const std::string& logs, const std::optional<Peer>& peer, int rounds) {
  TempTree tree;
  std::vector<Ours> ours;
  std::vector<Theirs> theirs;
  for (int round = -1; round < rounds; ++round) {
    const std::string store = tree.Path(fmt::format("{}.db", round + 1));
    const auto import = [&]() -> Result<void> {
      PERMILLE_ASSIGN(Ours one, Import(logs, store));
      if (round >= 0) ours.push_back(one);
      return {};
    };
    const bool first = round % 2 == 0;
    if (first) PERMILLE_TRY(import());
    if (peer) {
      PERMILLE_ASSIGN(Theirs one, Join(*peer, logs));
      if (round >= 0) theirs.push_back(std::move(one));
    }
    if (!first) PERMILLE_TRY(import());
  }
  PrintOurs(ours);
  if (!peer) {
    fmt::print(
        "pandas: skipped; to compare: python3 -m venv build/peers && build/peers/bin/pip install "
        "pandas\n");
    return {};
  }
  PrintRatio(ours, theirs);
  PERMILLE_ASSIGN(const Means table, Table2(tree.Path("0.db")));
  return PrintAgreement(table, theirs.front().means);
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: import LOGS [tools/peers/pandas_join.py PYTHON] [ROUNDS]\n");
    return 2;
  }
  std::optional<permille::Peer> peer;
  if (argc > 3) peer = {argv[2], argv[3]};
  const int at = peer ? 4 : 2;
  const int rounds = argc > at ? std::max(1, std::atoi(argv[at])) : 5;
  const auto done = permille::Bench(argv[1], peer, rounds);
  if (!done) fmt::print(stderr, "import: {}\n", done.error().message);
  return done ? 0 : 1;
}
