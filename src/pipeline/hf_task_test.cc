// SPDX-License-Identifier: Apache-2.0
#include "pipeline/hf_task.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_tree.h"

namespace permille {
namespace {

// Class names of transformers 4.30.2's models.
TEST(HfTask, ArchitectureNamesTheTask) {
  EXPECT_EQ(TaskOfArchitecture("DistilBertForSequenceClassification"), "text-classification");
  EXPECT_EQ(TaskOfArchitecture("DebertaV2ForTokenClassification"), "token-classification");
  EXPECT_EQ(TaskOfArchitecture("RobertaForQuestionAnswering"), "question-answering");
  EXPECT_EQ(TaskOfArchitecture("XLMRobertaForMaskedLM"), "fill-mask");
  EXPECT_EQ(TaskOfArchitecture("ConvNextV2ForImageClassification"), "image-classification");
  EXPECT_EQ(TaskOfArchitecture("DeformableDetrForObjectDetection"), "object-detection");
  EXPECT_EQ(TaskOfArchitecture("GPT2LMHeadModel"), "text-generation");
  EXPECT_EQ(TaskOfArchitecture("BloomForCausalLM"), "text-generation");
  EXPECT_EQ(TaskOfArchitecture("GitForCausalLM"), "image-to-text");
  EXPECT_EQ(TaskOfArchitecture("Blip2ForConditionalGeneration"), "image-to-text");
  EXPECT_EQ(TaskOfArchitecture("PegasusForConditionalGeneration"), "summarization");
  EXPECT_FALSE(TaskOfArchitecture("BertModel"));
}

TEST(HfTask, FolderOfDiffusersIsForImages) {
  TempTree tree;
  tree.AddFile("model_index.json", "{}");
  const auto task = TaskOfHfFolder(tree.root());
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_EQ(*task, "text-to-image");
}

TEST(HfTask, ConfigWithoutArchitecturesSaysNothing) {
  TempTree tree;
  tree.AddFile("config.json", "{}");
  const auto task = TaskOfHfFolder(tree.root());
  ASSERT_TRUE(task) << task.error().message;
  EXPECT_FALSE(*task);
}

TEST(HfTask, ArchitectureThatIsNoTextIsRefused) {
  TempTree tree;
  tree.AddFile("config.json", R"({"architectures": [3]})");
  const auto task = TaskOfHfFolder(tree.root());
  ASSERT_FALSE(task);
  EXPECT_NE(task.error().message.find("architectures"), std::string::npos);
}

}  // namespace
}  // namespace permille
