// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/file.h"
#include "record/random_run.h"
#include "record/record_json.h"
#include "store/store_fixture_test.h"
#include "support/unprivileged.h"

// Stores of earlier versions, as test/data/store holds them.

namespace permille {
namespace {

using sqlite::Database;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

using StoreVersion = StoreTest;

/// A store as an earlier version wrote it: the dump of one that `permille run` of that version
/// made, that of version 1 thinned.
void MakeVersion(int version, const std::string& path) {
  std::ofstream(path).close();
  auto database = Database::Open(path, Database::Access::kReadWrite);
  ASSERT_TRUE(database);
  const auto dump =
      ReadFile(fmt::format("{}/test/data/store/version_{}.sql", PERMILLE_SOURCE_DIR, version));
  ASSERT_TRUE(dump) << dump.error().message;
  const auto made = database->Execute("PRAGMA foreign_keys = OFF; " + *dump);
  ASSERT_TRUE(made) << made.error().message;
}

TEST_F(StoreVersion, AStoreOfVersionOneIsBroughtToTodays) {
  for (const OpenMode mode : {OpenMode::kRead, OpenMode::kWrite}) {
    tree_.Remove("permille.db");
    MakeVersion(1, Path());
    const auto store = Open(mode);
    const auto runs = store->ReadAll();
    ASSERT_TRUE(runs) << runs.error().message;
    ASSERT_EQ(runs->size(), 2u);
    const RunRecord& run = runs->front();
    ASSERT_EQ(run.channels.size(), 1u);
    EXPECT_EQ(run.channels[0].id, "package-0");
    EXPECT_EQ(run.environment.at("cpu"), "Intel(R) Xeon(R) Processor");
    const auto query = std::ranges::find(run.windows, Phase::kQuery, &Window::phase);
    ASSERT_NE(query, run.windows.end());
    ASSERT_EQ(query->channels.size(), 1u);
    EXPECT_EQ(query->channels[0].channel, "package-0");
    EXPECT_NEAR(query->channels[0].energy->value(), 227, 1e-6);  // 22.7 s at 10 W
  }
}

TEST_F(StoreVersion, AStoreOfVersionTwoIsBroughtToTodaysWithItsPredictions) {
  for (const OpenMode mode : {OpenMode::kRead, OpenMode::kWrite}) {
    tree_.Remove("permille.db");
    MakeVersion(2, Path());
    const auto store = Open(mode);
    const auto list = store->List();
    ASSERT_TRUE(list) << list.error().message;
    ASSERT_EQ(list->size(), 2u);
    const auto run = store->Read(list->front().run_id);
    ASSERT_TRUE(run) << run.error().message;
    ASSERT_EQ(run->samples.size(), 2u);
    EXPECT_THAT(run->samples[1].reference->values, ElementsAre("negative"));
    EXPECT_TRUE(run->samples[1].reference->boxes.empty());
    ASSERT_EQ(run->predictions.size(), 2u);
    EXPECT_EQ(run->predictions[0].prediction.text, "POSITIVE");
    EXPECT_TRUE(run->predictions[0].prediction.finite);
    EXPECT_EQ(run->predictions[0].prediction.flagged, std::nullopt);
  }
}

TEST_F(StoreVersion, AStoreBroughtToTodaysTakesRunsWithDetails) {
  for (const int version : {1, 2}) {
    tree_.Remove("permille.db");
    MakeVersion(version, Path());
    Fill({FullRun()});
    const auto run = Open(OpenMode::kRead)->Read(FullRun().run_id);
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_EQ(ToJson(*run), ToJson(FullRun()));
  }
}

TEST_F(StoreVersion, ABrokenDetailNamesRunTableAndKey) {
  Fill({FullRun()});
  Sql("UPDATE predictions SET details = '{\"spans\":7}'");
  const auto run = Open(OpenMode::kRead)->Read(FullRun().run_id);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().message, fmt::format("{}: run {}: predictions.details: \"spans\" is not as "
                                             "the format says",
                                             Path(), FullRun().run_id));
}

TEST_F(StoreVersion, AStoreOfVersionOneThatCannotBeWrittenSaysWhatToDo) {
  MakeVersion(1, Path());
  std::filesystem::permissions(Path(), std::filesystem::perms(0444));
  const Unprivileged nobody(tree_.root());
  EXPECT_THAT(OpenError(OpenMode::kRead).message,
              AllOf(HasSubstr("a store of version 1"), HasSubstr("copy it to where it can")));
}

}  // namespace
}  // namespace permille
