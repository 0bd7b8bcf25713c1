// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "store/store.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

TEST(StoreFacts, FactsComeBackAndTheNewestStatementStands) {
  const ImportedFacts facts = {
      {{"a/b", 1.1e8, "encoder", "parameters.csv"}, {"c", std::nullopt, "", "parameters.csv"}},
      {{"a/b", "sst2", "text-classification", "accuracy", 0.91, "performance.csv"}},
      {{"a/b", "sst2", "zero-shot", "words", 1000, 28350, 1020, "sst2.csv"}},
      {{"run-1", 2, 110, 100, 0.9, 0.8, -3.5, "wall.csv"}}};
  const TempTree tree;
  const auto store = *Store::Open(tree.Path("permille.db"), OpenMode::kWrite);
  ASSERT_TRUE(store->AppendAll({}, facts));
  ASSERT_TRUE(store->AppendAll({}, {{{"c", 5, "decoder", "other.csv"}}, {}, {}, {}}));
  const auto back = store->Facts();
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->models.size(), 2u);
  EXPECT_EQ(back->models[0].parameters, 1.1e8);
  EXPECT_EQ(back->models[1].parameters, 5);
  EXPECT_EQ(back->models[1].source, "other.csv");
  ASSERT_EQ(back->scores.size(), 1u);
  EXPECT_EQ(back->scores[0].value, 0.91);
  ASSERT_EQ(back->lengths.size(), 1u);
  EXPECT_EQ(back->lengths[0].input_sum, 28350);
  ASSERT_EQ(back->wall.size(), 1u);
  EXPECT_EQ(back->wall[0].software_j, 100);
  EXPECT_EQ(back->wall[0].offset_s, -3.5);
}

}  // namespace
}  // namespace permille
