// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>

#include "base/json.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/import_wall.h"
#include "exchange/codecarbon.h"
#include "store/store.h"

namespace permille {
namespace {

constexpr std::size_t kShownProblems = 20;

class ImportCommand : public Command {
 public:
  void Declare(FlagSet& flags) override {
    flags.Positional("FORMAT", "codecarbon, or wall: a meter in the wall socket", format_, true);
    flags.Positional("PATH",
                     "codecarbon: a folder (or one file) of its CSVs, searched at any depth; wall: "
                     "a CSV of time and watts, laid over the runs of the store",
                     folder_, true);
    flags.Text("--run", "wall: lay it over this run alone", run_);
    flags.Text("--store", "where to write (default permille.db)", store_);
    flags.Integer("--queries", "queries of every run: CodeCarbon does not log them (default 1000)",
                  queries_);
    flags.Integer("--gpus-used", "GPUs that worked, of those counted (default: all; the study: 1)",
                  gpus_used_);
    flags.Toggle("--strict", "import nothing, and exit 1, if anything cannot be read", strict_);
    flags.Toggle("--json", "print what was imported as one JSON object", json_);
  }

  int Run() override {
    if (format_ == "wall") {
      const auto laid = ImportWall(folder_, {store_, run_, strict_, json_});
      return laid ? *laid : Complain(laid.error());
    }
    if (const auto checked = Check(); !checked) return Complain(checked.error());
    const auto layout = LoadStudyLayout();
    if (!layout) return Complain(layout.error());
    const auto known = KnownRuns(store_);
    if (!known) return Complain(known.error());
    CodeCarbonOptions options{queries_, {}, *known};
    if (gpus_used_) options.gpus_used = static_cast<int>(*gpus_used_);
    const auto import = ReadCodeCarbon(folder_, *layout, options);
    if (!import) return Complain(import.error());
    const bool refused = strict_ && !import->problems.empty();
    if (!refused && import->known == 0 && Empty(*import)) {
      Warn(*import);
      return Complain(
          {ErrorCode::kNotFound, fmt::format("{}: holds no run that CodeCarbon logged", folder_)});
    }
    if (!refused) {
      if (const auto added = Add(*import); !added) return Complain(added.error());
    }
    Print(*import, refused);
    if (refused) return kExitFailure;
    return import->problems.empty() ? kExitOk : kExitSkipped;
  }

 private:
  Result<void> Check() const {
    if (format_ != "codecarbon")
      return Fail(ErrorCode::kInvalid, "import: '{}' is no known format: codecarbon, wall",
                  format_);
    if (queries_.value_or(1) <= 0)
      return Fail(ErrorCode::kInvalid, "--queries: {} is not above 0", *queries_);
    if (gpus_used_.value_or(1) <= 0)
      return Fail(ErrorCode::kInvalid, "--gpus-used: {} is not above 0", *gpus_used_);
    return {};
  }

  static Result<std::set<std::string>> KnownRuns(const std::string& path) {
    std::set<std::string> ids;
    // No store is made before there is something to put into it.
    if (std::error_code failed; !std::filesystem::exists(path, failed)) return ids;
    PERMILLE_ASSIGN(const auto store, Store::Open(path, OpenMode::kRead));
    PERMILLE_ASSIGN(const auto summaries, store->List());
    for (const RunSummary& summary : summaries) ids.insert(summary.run_id);
    return ids;
  }

  Result<void> Add(const CodeCarbonImport& import) const {
    if (Empty(import)) return {};
    PERMILLE_ASSIGN(const auto store, Store::Open(store_, OpenMode::kWrite));
    return store->AppendAll(import.runs, import.facts);
  }

  static bool Empty(const CodeCarbonImport& import) {
    const ImportedFacts& facts = import.facts;
    return import.runs.empty() && facts.models.empty() && facts.scores.empty() &&
           facts.lengths.empty();
  }

  static std::size_t CellsOf(const CodeCarbonImport& import) {
    std::set<std::string> keys;
    for (const RunRecord& run : import.runs) {
      if (run.cell.variant != "unlisted") keys.insert(run.cell.key);
    }
    return keys.size();
  }

  static void Warn(const CodeCarbonImport& import) {
    for (std::size_t i = 0; i < import.problems.size() && i < kShownProblems; ++i)
      LogLine(LogLevel::kWarning, Sayable(import.problems[i]));
    if (import.problems.size() > kShownProblems) {
      LogLine(LogLevel::kWarning,
              fmt::format("... and {} more", import.problems.size() - kShownProblems));
    }
  }

  void Print(const CodeCarbonImport& import, bool refused) const {
    Warn(import);
    const std::string text = json_ ? JsonText(import, refused) : Text(import, refused);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }

  std::string Text(const CodeCarbonImport& import, bool refused) const {
    std::string text =
        fmt::format("{} files: {} runs, {} cells{}\n", import.files, import.runs.size(),
                    CellsOf(import), refused ? "; nothing imported (--strict)" : " -> " + store_);
    if (import.known > 0) text += fmt::format("{} runs were in the store already\n", import.known);
    if (!import.problems.empty())
      text += fmt::format("{} could not be read and are left out\n", import.problems.size());
    if (!import.findings.empty()) text += "\nruns   what to know about them\n";
    for (const auto& [finding, runs] : import.findings)
      text += fmt::format("{:>5}  {}\n", runs, Sayable(finding));
    return text;
  }

  std::string JsonText(const CodeCarbonImport& import, bool refused) const {
    Json json{{"schema", "permille.import/1"},
              {"store", store_},
              {"files", import.files},
              {"runs", refused ? 0 : import.runs.size()},
              {"cells", refused ? 0 : CellsOf(import)},
              {"known", import.known},
              {"problems", import.problems},
              {"findings", Json::array()}};
    for (const auto& [finding, runs] : import.findings)
      json["findings"].push_back({{"runs", runs}, {"finding", finding}});
    return DumpJson(json, 2) + "\n";
  }

  std::string format_;
  std::string folder_;
  std::string store_ = "permille.db";
  std::string run_;
  std::optional<std::int64_t> queries_;
  std::optional<std::int64_t> gpus_used_;
  bool strict_ = false;
  bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeImportCommand() {
  return std::make_unique<ImportCommand>();
}

}  // namespace permille
