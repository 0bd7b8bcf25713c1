// SPDX-License-Identifier: Apache-2.0
#include "prep/tokenizer_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_tree.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kJson = R"({"model":{"type":"WordLevel","unk_token":"<unk>",
    "vocab":{"<unk>":0,"<s>":1,"</s>":2,"a":3,"b":4,"[CLS]":5,"<pad>":6}},
    "pre_tokenizer":{"type":"Whitespace"}})";

class TokenizerConfig : public testing::Test {
 protected:
  std::unique_ptr<Tokenizer> Load(std::string_view config, std::string_view map = "{}") {
    tree_.AddFile("m/tokenizer.json", kJson);
    tree_.AddFile("m/tokenizer_config.json", config);
    tree_.AddFile("m/special_tokens_map.json", map);
    auto tokenizer = LoadTokenizer(tree_.Path("m"));
    if (tokenizer) return std::move(*tokenizer);
    error_ = tokenizer.error().message;
    return nullptr;
  }
  static std::vector<std::int64_t> Ids(Tokenizer& tokenizer, std::string_view text) {
    Encoding encoding;
    tokenizer.Encode(text, {}, encoding);
    return encoding.ids;
  }

  TempTree tree_;
  std::string error_;
};

TEST_F(TokenizerConfig, NamesTokensByRoleInAnyOfTheFiles) {
  const auto tokenizer = Load(
      R"({"bos_token":"<s>","pad_token":{"content":"<pad>"}})",
      R"({"bos_token":"a","eos_token":{"content":"</s>","lstrip":false},"mask_token":"gone"})");
  ASSERT_TRUE(tokenizer) << error_;
  EXPECT_EQ(tokenizer->special().bos, 1);
  EXPECT_EQ(tokenizer->special().eos, 2);
  EXPECT_EQ(tokenizer->special().pad, 6);
  EXPECT_EQ(tokenizer->padding().id, 6);
  EXPECT_EQ(tokenizer->special().mask, std::nullopt);
  EXPECT_EQ(tokenizer->special().cls, std::nullopt);
}

TEST_F(TokenizerConfig, TheClassNamesWhatTheFilesLeaveOut) {
  const auto tokenizer = Load(R"({"tokenizer_class":"T5TokenizerFast"})");
  ASSERT_TRUE(tokenizer) << error_;
  EXPECT_EQ(tokenizer->special().eos, 2);
  EXPECT_EQ(tokenizer->special().pad, 6);
  EXPECT_EQ(tokenizer->special().bos, std::nullopt);
}

TEST_F(TokenizerConfig, LlamaMakesItsTemplateFromTheConfig) {
  auto tokenizer = Load(R"({"tokenizer_class":"LlamaTokenizer"})");
  ASSERT_TRUE(tokenizer) << error_;
  EXPECT_THAT(Ids(*tokenizer, "a"), ElementsAre(1, 3));
  tokenizer =
      Load(R"({"tokenizer_class":"LlamaTokenizer","add_bos_token":false,"add_eos_token":true})");
  ASSERT_TRUE(tokenizer) << error_;
  EXPECT_THAT(Ids(*tokenizer, "a"), ElementsAre(3, 2));
  Encoding encoding;
  tokenizer->EncodePair("a", "b", {}, encoding);
  EXPECT_THAT(encoding.ids, ElementsAre(3, 2, 4, 2));
  EXPECT_THAT(encoding.type_ids, ElementsAre(0, 0, 1, 1));
}

TEST_F(TokenizerConfig, SaysWhetherDecodedTextIsCleanedUp) {
  EXPECT_TRUE(Load("{}")->cleans_up_spaces());
  EXPECT_FALSE(Load(R"({"clean_up_tokenization_spaces":false})")->cleans_up_spaces());
}

TEST_F(TokenizerConfig, PairsWithoutATemplateAreJoined) {
  const auto tokenizer = Load("{}");
  Encoding encoding;
  tokenizer->EncodePair("a b", "b", {}, encoding);
  EXPECT_THAT(encoding.ids, ElementsAre(3, 4, 4));
  EXPECT_THAT(encoding.type_ids, ElementsAre(0, 0, 1));
  EXPECT_THAT(encoding.sequences, ElementsAre(0, 0, 1));
  EXPECT_THAT(encoding.words, ElementsAre(0, 1, 0));
}

TEST_F(TokenizerConfig, LeftTruncationKeepsTheEnd) {
  const auto tokenizer = Load(R"({"truncation_side":"left"})");
  EncodeOptions options;
  options.max_length = 2;
  Encoding encoding;
  tokenizer->Encode("a a b", options, encoding);
  EXPECT_THAT(encoding.ids, ElementsAre(3, 4));
  EXPECT_THAT(encoding.offsets, ElementsAre(ByteSpan{2, 3}, ByteSpan{4, 5}));
  EXPECT_TRUE(encoding.truncated);
}

TEST_F(TokenizerConfig, TooLittleToCutIsRefusedByEncodeAllAndSharedByEncodePair) {
  const auto tokenizer = Load("{}");
  EncodeOptions options;
  options.max_length = 2;
  options.truncation = Truncation::kOnlySecond;
  const auto pieces = tokenizer->EncodeAll("a a a", "b b", options);
  ASSERT_FALSE(pieces);
  EXPECT_EQ(pieces.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(pieces.error().message, HasSubstr("max_length 2 leaves no room"));
  Encoding encoding;
  tokenizer->EncodePair("a a a", "b b", options, encoding);
  EXPECT_THAT(encoding.ids, ElementsAre(3, 4));
  options.max_length = 4;
  options.stride = 1;
  EXPECT_THAT(tokenizer->EncodeAll("a a a", "b b", options).error().message,
              HasSubstr("stride 1 must be less than the 1 tokens"));
}

TEST_F(TokenizerConfig, BrokenFieldsAreNamed) {
  EXPECT_EQ(Load(R"({"padding_side":"top"})"), nullptr);
  EXPECT_THAT(error_, HasSubstr("tokenizer_config.json: padding_side: top is neither left nor"));
  EXPECT_EQ(Load(R"({"bos_token":7})"), nullptr);
  EXPECT_THAT(error_, HasSubstr("bos_token: expected a string"));
  EXPECT_EQ(Load("{}", "[]"), nullptr);
  EXPECT_THAT(error_, HasSubstr("special_tokens_map.json"));
}

}  // namespace
}  // namespace permille
