// SPDX-License-Identifier: Apache-2.0
#include "catalog/study_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "catalog/catalog.h"

namespace permille {
namespace {

StudyLayout Layout() {
  auto layout = LoadStudyLayout();
  EXPECT_TRUE(layout) << layout.error().message;
  return layout ? *std::move(layout) : StudyLayout();
}

// paper/README.md: ten tasks by three datasets, nine pairs tried zero-shot, eight models for those.
TEST(StudyLayout, HoldsThirtyPairsOfTaskAndDatasetAndNineZeroShot) {
  const StudyLayout layout = Layout();
  std::set<std::pair<std::string, std::string>> pairs;
  std::set<std::pair<std::string, std::string>> zero_shot;
  for (const StudyLog& log : layout.logs) {
    if (!log.in_tables) continue;
    (log.variant == "zero-shot" ? zero_shot : pairs).emplace(log.task, log.dataset);
    EXPECT_TRUE(FindTask(log.task)) << log.file;
  }
  EXPECT_EQ(pairs.size(), 30u);
  EXPECT_EQ(zero_shot.size(), 9u);
  EXPECT_EQ(layout.datasets.size(), 26u);
  EXPECT_EQ(layout.multi_purpose.size(), 8u);
}

TEST(StudyLayout, KnowsEveryLogFileThatIsPublished) {
  const std::filesystem::path logs = PERMILLE_SOURCE_DIR "/../shared/paper/logs/emissions/complete";
  if (!std::filesystem::exists(logs)) GTEST_SKIP() << "the study's logs are not here: " << logs;
  const StudyLayout layout = Layout();
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(logs)) {
    ++files;
    EXPECT_NE(layout.FindLog(file.path().stem().string()), nullptr) << file.path();
  }
  EXPECT_EQ(files, layout.logs.size());
}

TEST(StudyLayout, FindsWhatOtherTablesSpellDifferently) {
  const StudyLayout layout = Layout();
  ASSERT_NE(layout.FindDataset("Squad_2_"), nullptr);
  EXPECT_EQ(layout.FindDataset("Squad_2_")->name, "squad_v2");
  EXPECT_EQ(layout.FindDataset("nothing"), nullptr);
  EXPECT_EQ(layout.ModelName("bigscience/bloomz-1b"), "bigscience/bloomz-1b7");
  EXPECT_EQ(layout.ModelName("gpt2"), "gpt2");
}

TEST(StudyLayout, CountsOnlyWhatTheTablesCount) {
  const StudyLayout layout = Layout();
  EXPECT_TRUE(layout.InTables("text-to-image", "sd_prompts", "default", "segmind/tiny-sd"));
  EXPECT_FALSE(layout.InTables("text-to-image", "sd_prompts", "default",
                               "stabilityai/stable-diffusion-2-1-base"));
  EXPECT_FALSE(layout.InTables("text-classification", "sst2", "zero-shot", "gpt2"));
  EXPECT_TRUE(layout.InTables("text-classification", "sst2", "zero-shot", "google/flan-t5-xl"));
  EXPECT_FALSE(layout.InTables("image-classification", "cifar10", "original", "any"));
}

}  // namespace
}  // namespace permille
