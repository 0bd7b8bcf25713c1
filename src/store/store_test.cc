// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <limits>

#include "base/file.h"
#include "record/random_run.h"
#include "record/record_json.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/store_fixture_test.h"
#include "support/temp_tree.h"
#include "support/unprivileged.h"

namespace permille {
namespace {

using sqlite::Database;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

using StoreRoundTrip = StoreTest;
using StoreOpen = StoreTest;
using StoreBroken = StoreTest;

/// Whether two runs hold the same. SQLite keeps a zero without its sign. Says little: runs are
/// long.
bool Same(const RunRecord& a, const RunRecord& b) {
  const auto text = [](const RunRecord& run) {
    std::string json = ToJson(run);
    for (auto at = json.find(":-0.0"); at != json.npos; at = json.find(":-0.0", at))
      json.erase(at + 1, 1);
    return json;
  };
  return text(a) == text(b);
}

RunRecord Named(RunRecord run, std::string id) {
  run.run_id = std::move(id);
  return run;
}

TEST_F(StoreRoundTrip, EveryFieldOfAFullRunComesBack) {
  Fill({FullRun()});
  EXPECT_EQ(ToJson(Open(OpenMode::kRead)->Read(FullRun().run_id).value()), ToJson(FullRun()));
}

TEST_F(StoreRoundTrip, EveryRandomRunComesBack) {
  std::vector<RunRecord> runs;
  for (unsigned seed = 0; seed < 150; ++seed)
    runs.push_back(Named(RandomRun(seed), std::to_string(seed)));
  Fill(runs);
  const auto store = Open(OpenMode::kRead);
  for (const auto& run : runs) {
    const auto read = store->Read(run.run_id);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(Same(*read, run)) << "seed " << run.run_id;
  }
}

TEST_F(StoreRoundTrip, AnEmptyRunComesBackEmpty) {
  RunRecord run;
  run.run_id = "empty";
  run.query_records.resize(3);
  run.windows.emplace_back();
  Fill({run});
  EXPECT_EQ(ToJson(Open(OpenMode::kRead)->Read("empty").value()), ToJson(run));
}

TEST_F(StoreRoundTrip, SeriesKeepEveryBit) {
  RunRecord run = FullRun();
  auto& series = run.windows[0].channels[0].series;
  series = {{Seconds(-0.0), std::numeric_limits<double>::infinity()},
            {Seconds(5e-324), std::numeric_limits<double>::quiet_NaN()}};
  Fill({run});
  const auto read = Open(OpenMode::kRead)->Read(run.run_id)->windows[0].channels[0].series;
  EXPECT_TRUE(std::signbit(read[0].at.value()));
  EXPECT_EQ(read[0].value, std::numeric_limits<double>::infinity());
  EXPECT_EQ(read[1].at.value(), 5e-324);
  EXPECT_TRUE(std::isnan(read[1].value));
}

TEST_F(StoreRoundTrip, ListIsInOrderOfAppending) {
  RunRecord other = Named(FullRun(), "b");
  other.cell.model = "another";
  other.repeat = 7;
  Fill({Named(FullRun(), "z"), other, Named(FullRun(), "a")});
  const auto list = Open(OpenMode::kRead)->List().value();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].run_id, "z");
  EXPECT_EQ(list[1].run_id, "b");
  EXPECT_EQ(list[2].run_id, "a");
  EXPECT_EQ(list[1].cell.model, "another");
  EXPECT_EQ(list[1].repeat, 7);
  EXPECT_EQ(list[1].block, 2);
  EXPECT_EQ(list[1].queries, 1000);
  EXPECT_EQ(list[1].started, FullRun().started);
  EXPECT_EQ(list[0].cell.options, FullRun().cell.options);
}

TEST_F(StoreRoundTrip, EqualCellsAndSamplesAreKeptOnce) {
  RunRecord other = Named(FullRun(), "other");
  other.cell.options["seed"] = "43";
  other.samples[0].reference.reset();
  Fill({Named(FullRun(), "1"), Named(FullRun(), "2"), other});
  EXPECT_EQ(Count("cells"), 2);
  EXPECT_EQ(Count("sample_sets"), 2);
  EXPECT_EQ(Count("samples"), 2);
}

TEST_F(StoreRoundTrip, AppendedRunsAreSeenByAReaderAlreadyOpen) {
  const auto writer = Open(OpenMode::kWrite);
  const auto reader = Open(OpenMode::kRead);
  ASSERT_TRUE(writer->Append(Named(FullRun(), "1")));
  EXPECT_EQ(reader->List()->size(), 1u);
  ASSERT_TRUE(writer->Append(Named(FullRun(), "2")));
  EXPECT_EQ(reader->List()->size(), 2u);
}

TEST_F(StoreRoundTrip, AnIdThatIsAlreadyThereIsRefusedAndNothingChanges) {
  const auto store = Open(OpenMode::kWrite);
  ASSERT_TRUE(store->Append(FullRun()));
  RunRecord again = FullRun();
  again.queries = 7;
  const auto second = store->Append(again);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(second.error().message, HasSubstr("already there"));
  EXPECT_EQ(store->List()->size(), 1u);
  EXPECT_EQ(store->Read(FullRun().run_id)->queries, 1000);
  EXPECT_TRUE(store->Append(Named(FullRun(), "next")));
}

TEST_F(StoreRoundTrip, ARunThatContradictsItselfIsRefusedInWords) {
  const auto store = Open(OpenMode::kWrite);
  RunRecord twice = FullRun();
  twice.channels.push_back(twice.channels[0]);
  EXPECT_THAT(store->Append(twice).error().message,
              HasSubstr("two channels have the id \"package-0\""));
  RunRecord dangling = FullRun();
  dangling.windows[0].channels[0].channel = "gpu-9";
  EXPECT_THAT(store->Append(dangling).error().message, HasSubstr("shows channel \"gpu-9\""));
  EXPECT_EQ(store->Append(RunRecord{}).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(store->List()->size(), 0u);
}

TEST_F(StoreRoundTrip, AnUnknownRunIsNotFound) {
  Fill({FullRun()});
  const auto run = Open(OpenMode::kRead)->Read("nope");
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(run.error().message, Path() + ": no run \"nope\"");
}

TEST_F(StoreOpen, AMissingFileIsNotFoundAndNotMade) {
  const Error error = OpenError(OpenMode::kRead);
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_THAT(error.message, StartsWith(Path() + ": no such store"));
  EXPECT_THAT(Files(), ElementsAre());
}

TEST_F(StoreOpen, AMissingFolderIsAnErrorNamingThePath) {
  const auto store = Store::Open(tree_.Path("gone/permille.db"), OpenMode::kWrite);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message,
              StartsWith(tree_.Path("gone/permille.db") + ": cannot be made (No such file"));
}

TEST_F(StoreOpen, FilesThatAreNoStoreAreRefusedAndLeftAlone) {
  const std::string sqlite_header("SQLite format 3\0", 16);
  for (const std::string& text : {std::string("run,energy\n1,2\n"), std::string(5000, 'x'),
                                  sqlite_header, sqlite_header + std::string(4080, '\0')}) {
    tree_.AddFile("permille.db", text);
    for (const OpenMode mode : {OpenMode::kRead, OpenMode::kWrite}) {
      const Error error = OpenError(mode);
      EXPECT_EQ(error.code, ErrorCode::kInvalid);
      EXPECT_EQ(error.message, Path() + ": is no permille store; give another file with --store");
    }
    EXPECT_EQ(ReadFile(Path()).value(), text);
    EXPECT_THAT(Files(), ElementsAre("permille.db"));
  }
}

TEST_F(StoreOpen, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  tree_.AddFile("permille.db", "");
  Sql("CREATE TABLE runs (x); PRAGMA user_version = 1; PRAGMA journal_mode = WAL;");
  const std::string before = ReadFile(Path()).value();
  EXPECT_EQ(OpenError(OpenMode::kWrite).code, ErrorCode::kInvalid);
  EXPECT_EQ(OpenError(OpenMode::kRead).code, ErrorCode::kInvalid);
  EXPECT_EQ(ReadFile(Path()).value(), before);
  EXPECT_THAT(Files(), ElementsAre("permille.db"));
}

TEST_F(StoreOpen, AFolderIsRefused) {
  tree_.AddFolder("permille.db");
  EXPECT_THAT(OpenError(OpenMode::kRead).message, StartsWith(Path() + ": is no permille store"));
  EXPECT_THAT(OpenError(OpenMode::kWrite).message, StartsWith(Path() + ": is no permille store"));
}

TEST_F(StoreOpen, AnEmptyFileIsNoStoreToReadButOneToFill) {
  tree_.AddFile("permille.db", "");
  EXPECT_EQ(OpenError(OpenMode::kRead).code, ErrorCode::kInvalid);
  Fill({FullRun()});
  EXPECT_EQ(Open(OpenMode::kRead)->List()->size(), 1u);
}

TEST_F(StoreOpen, ANewerStoreIsRefusedWithTheRemedy) {
  Fill({FullRun()});
  Sql("PRAGMA user_version = 4");
  for (const OpenMode mode : {OpenMode::kRead, OpenMode::kWrite}) {
    const Error error = OpenError(mode);
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_EQ(
        error.message,
        Path() +
            ": written by a newer permille (store version 4, this one knows 3); update permille");
  }
}

TEST_F(StoreOpen, AStoreSaysWhatItIs) {
  Fill({FullRun()});
  auto database = Database::Open(Path(), Database::Access::kReadOnly);
  EXPECT_EQ(database->Integer("PRAGMA application_id").value(), kStoreApplicationId);
  EXPECT_EQ(database->Integer("PRAGMA user_version").value(), 3);
  EXPECT_EQ(database->Text("PRAGMA journal_mode").value(), "wal");
}

TEST_F(StoreRoundTrip, AllRunsComeBackTogetherButForTheirPredictions) {
  std::vector<RunRecord> runs;
  for (unsigned seed = 1; seed <= 20; ++seed)
    runs.push_back(Named(RandomRun(seed), "run-" + std::to_string(seed)));
  const auto added = Open(OpenMode::kWrite)->AppendAll(runs, {});
  ASSERT_TRUE(added) << added.error().message;
  const auto back = Open(OpenMode::kRead)->ReadAll();
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->size(), runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].predictions.clear();
    EXPECT_TRUE(Same((*back)[i], runs[i])) << i;
  }
}

TEST_F(StoreRoundTrip, ManyRunsAreAppendedAllOrNone) {
  const std::vector<RunRecord> twice = {Named(FullRun(), "a"), Named(FullRun(), "a")};
  const auto added = Open(OpenMode::kWrite)->AppendAll(twice, {{{"m", 1e6, "", "f"}}, {}, {}, {}});
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message, HasSubstr("a run of the id a is already there"));
  EXPECT_EQ(Count("runs"), 0);
  EXPECT_EQ(Count("model_facts"), 0);
}

TEST_F(StoreRoundTrip, EqualChannelsAndEnvironmentsAreKeptOnce) {
  Fill({Named(FullRun(), "a"), Named(FullRun(), "b")});
  EXPECT_EQ(Count("channels"), 1);
  EXPECT_EQ(Count("environment_sets"), 1);
}

TEST_F(StoreOpen, ReadingLeavesTheFileAndTheFolderAsTheyWere) {
  Fill({FullRun()});
  const std::string before = ReadFile(Path()).value();
  struct stat then {};
  ::stat(Path().c_str(), &then);
  {
    const auto store = Open(OpenMode::kRead);
    EXPECT_EQ(store->List()->size(), 1u);
    EXPECT_TRUE(store->Read(FullRun().run_id));
  }
  struct stat now {};
  ::stat(Path().c_str(), &now);
  EXPECT_EQ(ReadFile(Path()).value(), before);
  EXPECT_EQ(now.st_mtim.tv_nsec, then.st_mtim.tv_nsec);
  EXPECT_THAT(Files(), ElementsAre("permille.db"));
}

TEST_F(StoreOpen, AppendingToAStoreOpenedForReadingIsRefused) {
  Fill({FullRun()});
  EXPECT_EQ(Open(OpenMode::kRead)->Append(Named(FullRun(), "2")).error().code,
            ErrorCode::kInternal);
}

TEST_F(StoreOpen, AReadOnlyFileInAReadOnlyFolderCanBeRead) {
  Fill({FullRun()});
  std::filesystem::permissions(Path(), std::filesystem::perms(0444));
  const Unprivileged nobody(tree_.root());
  const auto store = Open(OpenMode::kRead);
  ASSERT_TRUE(store);
  EXPECT_EQ(ToJson(store->Read(FullRun().run_id).value()), ToJson(FullRun()));
}

TEST_F(StoreOpen, WritingWhereThatIsNotAllowedNamesThePath) {
  const Unprivileged nobody(tree_.root());
  const Error error = OpenError(OpenMode::kWrite);
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, StartsWith(Path() + ": cannot be made (Permission denied)"));
}

TEST_F(StoreOpen, WritingToAReadOnlyStoreNamesThePath) {
  Fill({FullRun()});
  std::filesystem::permissions(Path(), std::filesystem::perms(0444));
  const Unprivileged nobody(tree_.root());
  const Error error = OpenError(OpenMode::kWrite);
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, StartsWith(Path() + ": cannot be written"));
}

TEST_F(StoreOpen, AStoreThatMayNotBeReadNamesThePath) {
  Fill({FullRun()});
  std::filesystem::permissions(Path(), std::filesystem::perms(0));
  const Unprivileged nobody(tree_.root());
  const Error error = OpenError(OpenMode::kRead);
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, StartsWith(Path() + ": cannot be opened (Permission denied)"));
}

TEST_F(StoreOpen, NamesThatMeanSomethingToSqliteAreJustNames) {
  for (const char* name : {"a?mode=memory.db", "100%25#.db", "file:x.db", ":memory:"}) {
    const std::string path = tree_.Path(name);
    {
      const auto store = Store::Open(path, OpenMode::kWrite);
      ASSERT_TRUE(store) << store.error().message;
      ASSERT_TRUE((*store)->Append(FullRun()));
    }
    EXPECT_TRUE(std::filesystem::exists(path)) << name;
    EXPECT_EQ(Store::Open(path, OpenMode::kRead).value()->List()->size(), 1u);
    std::filesystem::permissions(path, std::filesystem::perms(0444));
    const Unprivileged nobody(tree_.root());
    const auto store = Store::Open(path, OpenMode::kRead);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ((*store)->List()->size(), 1u);
  }
}

struct Damage {
  const char* sql;
  const char* message;
};

TEST_F(StoreBroken, DamagedRowsAreErrorsThatNameThem) {
  const std::vector<Damage> damages = {
      {"UPDATE windows SET phase = 'cooling'", "windows.phase: broken (unknown word \"cooling\")"},
      {"UPDATE channels SET component = ''", "channels.component: broken"},
      {"UPDATE channels SET facts = '['", "channels.facts: not valid JSON"},
      {"UPDATE cells SET options = '{\"threads\":2}'",
       "cells.options: an object of strings was expected"},
      {"UPDATE samples SET reference = '[1]'", "samples.reference: a list of strings was expected"},
      {"UPDATE predictions SET labels = '[[\"a\"]]'",
       "predictions.labels: a list of [label, score] was expected"},
      {"UPDATE window_channels SET series = x'00'", "window_channels.series: broken"},
      {"UPDATE queries SET column = x'0011' WHERE name = 'latency_s'", "queries.latency_s: broken"},
      {"UPDATE window_channels SET channel = 7", "window_channels.channel: broken"},
      {"UPDATE runs SET recorded = 999999999", "broken (of another length"},
      {"UPDATE runs SET recorded = -1", "runs.recorded: broken"},
      {"PRAGMA foreign_keys = OFF; UPDATE window_flags SET window = -1", "window_flags: broken"},
  };
  for (const auto& [sql, message] : damages) {
    tree_.Remove("permille.db");
    Fill({FullRun()});
    Sql(sql);
    const auto read = Open(OpenMode::kRead)->Read(FullRun().run_id);
    ASSERT_FALSE(read) << sql;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalid) << sql;
    EXPECT_THAT(read.error().message, HasSubstr(message));
    EXPECT_THAT(read.error().message, StartsWith(Path() + ": run " + FullRun().run_id));
  }
}

TEST_F(StoreBroken, TruncationAnywhereIsAnErrorOrHarmlessNeverAWrongRun) {
  const RunRecord random = Named(RandomRun(1), "random");
  Fill({FullRun(), random});
  const std::string whole = ReadFile(Path()).value();
  int refused = 0;
  for (std::size_t size = 0; size < whole.size(); size += 1024) {
    tree_.AddFile("permille.db", whole.substr(0, size));
    const auto store = Store::Open(Path(), OpenMode::kRead);
    if (!store) {
      ++refused;
      continue;
    }
    for (const RunRecord& run : {FullRun(), random}) {
      const auto read = (*store)->Read(run.run_id);
      refused += read ? 0 : 1;
      EXPECT_TRUE(!read || Same(*read, run)) << "truncated to " << size;
    }
  }
  EXPECT_GT(refused, 10);
}

}  // namespace
}  // namespace permille
