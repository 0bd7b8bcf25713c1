// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numeric>

#include "analyse/comparison.h"
#include "analyse/pooled.h"
#include "analyse/study.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/spelling.h"
#include "catalog/catalog.h"
#include "cli/analyse_flags.h"
#include "cli/command.h"
#include "cli/log_folder.h"
#include "report/table_text.h"

namespace permille {
namespace {

/// "+5%" -> 1.05.
Result<double> ParseLimit(const std::string& text) {
  std::string number = text;
  if (number.ends_with('%')) number.pop_back();
  const auto percent = ParseNumber(number);
  if (!percent || *percent <= -100) {
    return Fail(ErrorCode::kInvalid, "--fail-if: '{}' is no limit; write +5% or -10%", text);
  }
  return 1 + *percent / 100;
}

/// Two cells that differ only in what is compared.
struct Match {
  const CellResult* a = nullptr;
  const CellResult* b = nullptr;
};

class CompareCommand : public Command {
 public:
  void Declare(FlagSet& flags) override {
    flags.Positional("A", "a model, or a store (or folder of CodeCarbon's logs)", a_, true);
    flags.Positional("B", "what to compare with it: a model, or another store", b_, true);
    flags.Text("--store", "where both models are (default permille.db)", store_);
    flags.Text("--task", "compare on this task alone", task_);
    flags.Text("--fail-if", "exit 1 if B takes so much more than A (+5%), 4 if that cannot be told",
               fail_if_);
    analyse_.Declare(flags);
    flags.Toggle("--json", "print one JSON object", json_);
  }

  int Run() override {
    const auto code = Compared();
    return code ? *code : Complain(code.error());
  }

 private:
  Result<int> Compared();
  Result<std::vector<CellResult>> Cells(const std::string& path, const AnalyseOptions& options);
  Result<std::vector<CellResult>> CellsOfModels(const AnalyseOptions& options);
  std::vector<Match> Matches(const std::vector<CellResult>& a, const std::vector<CellResult>& b,
                             bool models) const;
  int Print(const std::vector<Match>& matches, std::vector<Comparison> comparisons,
            std::optional<double> limit) const;

  std::string a_;
  std::string b_;
  std::string store_ = "permille.db";
  std::string task_;
  std::string fail_if_;
  AnalyseFlags analyse_;
  bool json_ = false;
};

Result<std::vector<CellResult>> CompareCommand::Cells(const std::string& path,
                                                      const AnalyseOptions& options) {
  PERMILLE_ASSIGN(const LogFolder source, OpenLogs(path));
  PERMILLE_ASSIGN(StudyInput study, ReadStudy(source.store(), options));
  WarnOfLeftOut(study.left_out);
  if (task_.empty()) return std::move(study.cells);
  PERMILLE_ASSIGN(const TaskEntry task, FindTask(task_));
  std::erase_if(study.cells, [&](const CellResult& cell) { return cell.cell.task != task.name; });
  return std::move(study.cells);
}

std::vector<Match> CompareCommand::Matches(const std::vector<CellResult>& a,
                                           const std::vector<CellResult>& b, bool models) const {
  std::vector<Match> matches;
  for (const CellResult& one : a) {
    if (models && one.cell.model != a_) continue;
    for (const CellResult& other : b) {
      if (models ? other.cell.model != b_ : other.cell.model != one.cell.model) continue;
      const bool same = one.cell.task == other.cell.task &&
                        one.cell.dataset == other.cell.dataset &&
                        one.cell.variant == other.cell.variant;
      if (same) matches.push_back({&one, &other});
    }
  }
  return matches;
}

Result<void> KnownModel(const std::vector<CellResult>& cells, const std::string& model,
                        const std::string& store) {
  std::vector<std::string> known;
  for (const CellResult& cell : cells) known.push_back(cell.cell.model);
  if (std::ranges::find(known, model) != known.end()) return {};
  const auto nearest = Nearest(model, known);
  return Fail(ErrorCode::kNotFound, "{}: holds no model '{}'{}", store, model,
              nearest ? fmt::format("; did you mean '{}'?", *nearest) : "");
}

/// The cells of the store, unless one of the two is a store and the other a name that nothing has.
Result<std::vector<CellResult>> CompareCommand::CellsOfModels(const AnalyseOptions& options) {
  std::error_code ignored;
  const bool a_exists = std::filesystem::exists(a_, ignored);
  const bool one_exists = a_exists != std::filesystem::exists(b_, ignored);
  auto cells = Cells(store_, options);
  if (one_exists) {
    const std::string& missing = a_exists ? b_ : a_;
    if (!cells || !KnownModel(*cells, missing, store_))
      return Fail(ErrorCode::kNotFound,
                  "{}: no such store, and no model of that name in {} (give two stores, or two "
                  "models and --store)",
                  missing, store_);
  }
  return cells;
}

Result<int> CompareCommand::Compared() {
  PERMILLE_ASSIGN(const AnalyseOptions options, analyse_.Options());
  std::optional<double> limit;
  if (!fail_if_.empty()) {
    PERMILLE_ASSIGN(limit, ParseLimit(fail_if_));
  }
  std::error_code ignored;
  const bool stores = std::filesystem::exists(a_, ignored) && std::filesystem::exists(b_, ignored);
  std::vector<CellResult> a;
  std::vector<CellResult> b;
  if (stores) {
    PERMILLE_ASSIGN(a, Cells(a_, options));
    PERMILLE_ASSIGN(b, Cells(b_, options));
    // Blocks are numbered in each store by itself: those of two stores are never the same.
    for (CellResult& cell : b) {
      for (RunCost& run : cell.runs) run.block = -1 - run.block;
    }
  } else {
    PERMILLE_ASSIGN(a, CellsOfModels(options));
    PERMILLE_TRY(KnownModel(a, a_, store_));
    PERMILLE_TRY(KnownModel(a, b_, store_));
    b = a;
  }
  std::vector<Match> matches = Matches(a, b, !stores);
  std::vector<Comparison> comparisons;
  std::vector<Match> compared;
  for (const Match& match : matches) {
    const auto result = Compare(CostsByBlock(*match.a), CostsByBlock(*match.b));
    if (!result) continue;
    comparisons.push_back(*result);
    compared.push_back(match);
  }
  if (comparisons.empty()) {
    return Fail(ErrorCode::kNotFound,
                "compare: {} and {} share no task and dataset with energies above 0", a_, b_);
  }
  CorrectByHolm(comparisons);
  return Print(compared, std::move(comparisons), limit);
}

/// All matched cells together: the geometric mean of their ratios, its interval by the scatter
/// within cells (their errors are independent).
Comparison Together(const std::vector<Comparison>& all) {
  if (all.size() == 1) return all.front();
  double logs = 0;
  double variance = 0;
  bool known = true;
  std::size_t n = all.front().n;
  for (const Comparison& one : all) {
    logs += std::log(one.ratio);
    n = std::min(n, one.n);
    if (!one.interval) {
      known = false;
      continue;
    }
    const double half = std::log(one.interval->high / one.ratio);
    variance += half * half;
  }
  const double cells = static_cast<double>(all.size());
  Comparison out;
  out.ratio = std::exp(logs / cells);
  out.method = "geometric mean of the cells";
  out.n = n;
  if (!known) return out;
  const double half = std::sqrt(variance) / cells;
  out.interval = Interval{out.ratio * std::exp(-half), out.ratio * std::exp(half)};
  out.log_std =
      half / StudentT(static_cast<double>(n > 1 ? n - 1 : 1)) * std::sqrt(static_cast<double>(n));
  return out;
}

/// Whether any joule of these cells was made by a rule from time or load.
bool OnlyTime(const std::vector<Match>& matches) {
  return std::ranges::all_of(matches, [](const Match& match) {
    return std::ranges::none_of(match.a->components, [](const ComponentShare& share) {
      return share.provenance == Provenance::kMeasured || share.provenance == Provenance::kDerived;
    });
  });
}

int CompareCommand::Print(const std::vector<Match>& matches, std::vector<Comparison> comparisons,
                          std::optional<double> limit) const {
  DataTable table{"compare", fmt::format("{} over {}", b_, a_), "", {}, {}};
  for (const char* key :
       {"task", "dataset", "variant", "model", "ratio", "interval", "p", "p_holm", "method", "n"})
    table.columns.push_back(PlainColumn(key));
  const auto add = [&](const Match* match, const Comparison& one) {
    std::vector<DataValue> row;
    if (match == nullptr) {
      row = {std::string("all"), {}, {}, {}};
    } else {
      const Cell& cell = match->b->cell;
      row = {Word(cell.task), Word(cell.dataset), Word(cell.variant), Word(cell.model)};
    }
    for (DataValue value :
         {DataValue(one.ratio), Maybe(one.interval), Maybe(one.p), Maybe(one.p_holm),
          DataValue(one.method), DataValue(static_cast<double>(one.n))})
      row.push_back(std::move(value));
    table.rows.push_back(std::move(row));
  };
  for (std::size_t i = 0; i < matches.size(); ++i) add(&matches[i], comparisons[i]);
  const Comparison all = Together(comparisons);
  if (comparisons.size() > 1) add(nullptr, all);
  table.caption =
      "Energy of 1,000 queries; 95 % intervals of the ratio, in which what both share cancels; "
      "p_holm is corrected for all cells.";
  if (OnlyTime(matches))
    table.caption += " No joule here was measured: this compares time and load, not energy.";
  int code = kExitOk;
  std::string verdict;
  if (limit) {
    const LimitVerdict judged = JudgeLimit(all, *limit);
    const auto more = MoreBlocks(all, *limit);
    code = judged == LimitVerdict::kPasses  ? kExitOk
           : judged == LimitVerdict::kFails ? kExitFailure
                                            : kExitInconclusive;
    verdict = judged == LimitVerdict::kPasses  ? "passes"
              : judged == LimitVerdict::kFails ? "fails"
              : more ? fmt::format("inconclusive: about {} more blocks would tell", *more)
                     : "inconclusive: the ratio lies on the limit, or its scatter is not known";
  }
  std::string text;
  if (json_) {
    Json json{{"schema", "permille.compare/1"}, {"a", a_}, {"b", b_}};
    json["comparisons"] = Json::parse(TableRowsJson(table));
    json["limit"] = limit ? Json(*limit) : Json(nullptr);
    json["verdict"] = verdict.empty() ? Json(nullptr) : Json(verdict);
    text = DumpJson(json, 2) + "\n";
  } else {
    text = TableTerm(table, 160);
    if (!verdict.empty()) text += fmt::format("--fail-if {}: {}\n", fail_if_, verdict);
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return code;
}

}  // namespace

std::unique_ptr<Command> MakeCompareCommand() {
  return std::make_unique<CompareCommand>();
}

}  // namespace permille
