// SPDX-License-Identifier: Apache-2.0
// What goes wrong for a user gets one clear line on stderr, nothing on stdout, and a non-zero exit;
// what was finished before stays.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/subprocess.h"
#include "cli/permille_process.h"
#include "store/store.h"

namespace permille {
namespace {

using Arguments = std::vector<std::string>;

constexpr const char* kText = "text-classification";

Arguments With(Arguments head, const Arguments& tail) {
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

// A run that costs nothing: 1 ms queries on constant watts.
Arguments Quick(const Arguments& more = {}) {
  return With(
      {"run", "fake-model", "--task", kText, "--engine", "fake:latency=1ms", "--meter",
       "fake:cpu=50W", "--queries", "5", "--repeats", "1", "--warmup", "0", "--baseline", "0"},
      more);
}

class Errors : public ::testing::Test {
 protected:
  // One line, naming `words`; nothing on stdout.
  void ExpectFailure(const Arguments& arguments, int code, std::initializer_list<const char*> words,
                     const Arguments& environment = {}) {
    const Ran ran = Permille(arguments, tree_.root(), environment);
    EXPECT_EQ(ran.code, code) << ran.err;
    EXPECT_EQ(ran.out, "");
    const auto errors = ErrorLines(ran.err);
    EXPECT_EQ(errors.size(), 1u) << ran.err;
    for (const char* word : words)
      EXPECT_NE(ran.err.find(word), std::string::npos) << word << " in: " << ran.err;
  }
  static std::vector<std::string> ErrorLines(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string line = text.substr(at, end - at);
      const bool error = line.starts_with("permille: ") && !line.starts_with("permille: warning") &&
                         !line.starts_with("permille: info");
      if (error) lines.push_back(line);
      at = end + 1;
    }
    return lines;
  }
  std::size_t RunsIn(const std::string& store) {
    const auto opened = Store::Open(tree_.Path(store), OpenMode::kRead);
    if (!opened) return 0;
    return (*opened)->List()->size();
  }
  TempTree tree_;
};

TEST_F(Errors, AMistypedCommand) {
  ExpectFailure({"rum"}, 2, {"rum", "did you mean 'run'"});
}
TEST_F(Errors, AMistypedFlag) {
  ExpectFailure({"run", "m", "--qeries", "5"}, 2, {"--qeries", "--queries"});
}
TEST_F(Errors, NoCommandAtAll) {
  ExpectFailure({}, 2, {"--help"});
}
TEST_F(Errors, AFlagThatIsNoNumber) {
  ExpectFailure(Quick({"--batch", "x"}), 2, {"--batch"});
}
TEST_F(Errors, AnArgumentTooMany) {
  ExpectFailure({"doctor", "now"}, 2, {"now"});
}
TEST_F(Errors, AListThatIsNone) {
  ExpectFailure({"list", "gridz"}, 2, {"gridz", "grids"});
}

TEST_F(Errors, NoQueries) {
  ExpectFailure(Quick({"--queries", "0"}), 1, {"--queries"});
}
TEST_F(Errors, AnUnknownTask) {
  ExpectFailure({"run", "m", "--task", "text-clasification", "--engine", "fake"}, 1,
                {"text-clasification", "did you mean", kText});
}
TEST_F(Errors, AnUnknownEngine) {
  ExpectFailure({"run", "m", "--task", kText, "--engine", "onyx"}, 1, {"onyx", "onnx"});
}
TEST_F(Errors, AnUnknownMeter) {
  ExpectFailure(Quick({"--meter", "rappel"}), 1, {"rappel", "rapl-powercap"});
}
TEST_F(Errors, AGpuThatIsNotThere) {
  ExpectFailure({"exec", "--gpu", "GPU-none", "--", "true"}, 125, {"--gpu GPU-none"},
                {"PERMILLE_NVML_LIB=/nowhere/nvml.so", "PERMILLE_AMDSMI_LIB=/nowhere/amdsmi.so"});
}
TEST_F(Errors, NoGpuIsAnAnswer) {
  EXPECT_EQ(Permille({"exec", "--gpu", "none", "--", "true"}, tree_.root()).code, 0);
}
TEST_F(Errors, AnUnknownPlace) {
  ExpectFailure(Quick({"--grid", "aws:us-west-22"}), 1, {"aws:us-west-22", "us-west-2"});
}
TEST_F(Errors, AnImpossiblePue) {
  ExpectFailure(Quick({"--pue", "0.5"}), 1, {"0.5"});
}
TEST_F(Errors, AnUnknownAccounting) {
  ExpectFailure(Quick({"--accounting", "creative"}), 1, {"creative"});
}
TEST_F(Errors, AnUnknownModel) {
  ExpectFailure({"run", "distilbert-base-uncased-finetuned-sst2-english", "--task", kText}, 1,
                {"did you mean", "distilbert-base-uncased-finetuned-sst-2-english"});
}
TEST_F(Errors, AMissingDataset) {
  ExpectFailure(Quick({"--dataset", "nowhere.tsv"}), 1, {"nowhere.tsv"});
}
TEST_F(Errors, ADatasetWithoutTheColumn) {
  tree_.AddFile("d.tsv", "text\tlabel\nhello\tpositive\n");
  ExpectFailure(Quick({"--dataset", "d.tsv", "--field", "sentence"}), 1,
                {"d.tsv", "sentence", "text"});
}
TEST_F(Errors, AMissingTrace) {
  ExpectFailure(Quick({"--meter", "replay:none.jsonl"}), 1, {"none.jsonl"});
}
TEST_F(Errors, AStoreThatIsNone) {
  tree_.AddFile("notes.db", "these are my notes, not a database, and permille must not touch them");
  ExpectFailure(Quick({"--store", "notes.db"}), 1, {"notes.db"});
  ExpectFailure({"report", "notes.db"}, 1, {"notes.db"});
}
TEST_F(Errors, AStoreThatIsNotThere) {
  ExpectFailure({"report", "none.db"}, 1, {"none.db"});
}
TEST_F(Errors, AStoreInAFolderThatIsNotThere) {
  ExpectFailure(Quick({"--store", "no/such/folder.db"}), 1, {"no/such/folder.db"});
}

TEST_F(Errors, OutputThatIsNotANumber) {
  ExpectFailure(Quick({"--engine", "fake:latency=1ms,nan_at=3"}), 1, {"not finite", "sample"});
}

TEST_F(Errors, AModelThatFailsInTheSecondRunKeepsTheFirst) {
  // fail_at counts the queries of a session, so every session fails: nothing is stored.
  ExpectFailure(Quick({"--engine", "fake:latency=1ms,fail_at=3", "--repeats", "2"}), 1, {"sample"});
  EXPECT_EQ(RunsIn("permille.db"), 0u);
}

TEST_F(Errors, AFullDiskLosesNothingThatWasFinished) {
  ASSERT_EQ(Permille(Quick(), tree_.root()).code, 0);
  ASSERT_EQ(RunsIn("permille.db"), 1u);
  const auto size = std::filesystem::file_size(tree_.Path("permille.db"));
  // No file may grow beyond what the store is now: to the program the disk is full.
  const std::string limit =
      fmt::format("ulimit -f {}; trap '' XFSZ; exec \"$0\" \"$@\"", size / 512);
  Arguments command = With({"/bin/bash", "-c", limit, PERMILLE_BINARY},
                           Quick({"--repeats", "40", "--queries", "300"}));
  command.insert(command.end(), {"--store", tree_.Path("permille.db")});
  SubprocessOptions options;
  options.out = Stream::kPipe;
  options.err = Stream::kPipe;
  auto child = Subprocess::Start(command, options);
  ASSERT_TRUE(child);
  const std::string out = (*child)->ReadAll().value_or("");
  const auto status = (*child)->Wait();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 1) << (*child)->ErrorText();
  EXPECT_EQ(out, "");
  EXPECT_NE((*child)->ErrorText().find("permille.db"), std::string::npos) << (*child)->ErrorText();
  EXPECT_GE(RunsIn("permille.db"), 1u);
}

// Start a run of many repeats, stop it by `signal` once `finished` are stored; its exit code.
int StopAfter(const TempTree& tree, std::size_t finished, int signal, std::size_t& kept) {
  Arguments command = With({PERMILLE_BINARY}, Quick({"--repeats", "1000", "--queries", "20"}));
  command.insert(command.end(), {"--store", tree.Path("permille.db")});
  SubprocessOptions options;
  options.out = options.err = Stream::kPipe;
  auto child = Subprocess::Start(command, options);
  if (!child) return -1;
  const auto count = [&]() -> std::size_t {
    const auto store = Store::Open(tree.Path("permille.db"), OpenMode::kRead);
    if (!store) return 0;
    const auto list = (*store)->List();
    return list ? list->size() : 0;
  };
  while (count() < finished && !(*child)->Poll())
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  (*child)->Signal(signal);
  const auto status = (*child)->Wait();
  kept = count();
  return status->signal ? 128 + *status->signal : status->code.value_or(-1);
}

TEST_F(Errors, CtrlCKeepsFinishedRunsAndExits130) {
  std::size_t kept = 0;
  EXPECT_EQ(StopAfter(tree_, 2, SIGINT, kept), 130);
  EXPECT_GE(kept, 2u);
  EXPECT_EQ(Permille({"report", "permille.db"}, tree_.root()).code, 0);
}

TEST_F(Errors, KillNineKeepsFinishedRuns) {
  std::size_t kept = 0;
  EXPECT_EQ(StopAfter(tree_, 3, SIGKILL, kept), 128 + SIGKILL);
  EXPECT_GE(kept, 3u);
  EXPECT_EQ(Permille({"report", "permille.db"}, tree_.root()).code, 0);
  EXPECT_EQ(Permille(Quick(), tree_.root()).code, 0);
}

TEST_F(Errors, AReportNeedsNoWritableFolder) {
  ASSERT_EQ(Permille(Quick(), tree_.root()).code, 0);
  const auto before = std::filesystem::last_write_time(tree_.Path("permille.db"));
  EXPECT_EQ(Permille({"report", "permille.db", "--json"}, tree_.root()).code, 0);
  EXPECT_EQ(std::filesystem::last_write_time(tree_.Path("permille.db")), before);
}

}  // namespace
}  // namespace permille
