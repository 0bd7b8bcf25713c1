// SPDX-License-Identifier: Apache-2.0
#include "catalog/embodied.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace permille {
namespace {

TEST(Embodied, EveryEntryHasAnAmountAndAPublicSource) {
  const auto table = LoadEmbodied();
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_FALSE(table->empty());
  for (const EmbodiedEntry& entry : *table) {
    EXPECT_GT(entry.embodied.value(), 0) << entry.device;
    EXPECT_THAT(entry.source, testing::HasSubstr("https://")) << entry.device;
  }
}

// Luccioni et al. 2022, section 4.1.
TEST(Embodied, A100HasTheFiguresOfTheBloomStudy) {
  const auto table = LoadEmbodied();
  ASSERT_TRUE(table);
  const auto gpu = FindEmbodied(*table, "NVIDIA A100-SXM4-80GB");
  ASSERT_TRUE(gpu);
  EXPECT_DOUBLE_EQ(gpu->embodied.value(), 150e3);
  EXPECT_DOUBLE_EQ(gpu->lifetime->value(), 6 * 365 * 86400.0);
  EXPECT_DOUBLE_EQ(*gpu->utilisation, 0.85);
}

TEST(Embodied, NamesMatchByWholeWordsAndTheLongestWins) {
  const std::vector<EmbodiedEntry> table = {{"NVIDIA A100", GramsCo2e(1), {}, {}, "s"},
                                            {"NVIDIA A100-SXM4", GramsCo2e(2), {}, {}, "s"}};
  EXPECT_DOUBLE_EQ(FindEmbodied(table, "nvidia a100-sxm4-40gb")->embodied.value(), 2);
  EXPECT_DOUBLE_EQ(FindEmbodied(table, "NVIDIA A100 PCIe")->embodied.value(), 1);
  EXPECT_DOUBLE_EQ(FindEmbodied(table, "NVIDIA A100")->embodied.value(), 1);
  EXPECT_FALSE(FindEmbodied(table, "NVIDIA A1000"));
  EXPECT_FALSE(FindEmbodied(table, "A100"));
  EXPECT_FALSE(FindEmbodied(table, ""));
}

}  // namespace
}  // namespace permille
