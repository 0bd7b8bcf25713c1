// SPDX-License-Identifier: Apache-2.0
#include "prep/word_ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class WordIdsTest : public testing::Test {
 protected:
  WordIdsTest()
      : path_((std::filesystem::path(testing::TempDir()) /
               fmt::format("permille-words-{}.json", getpid()))
                  .string()) {
    Vocabulary(R"({"<OOV>":1,"oil":2,"prices":3,"don't":4,"élan":5})");
  }
  ~WordIdsTest() override { std::filesystem::remove(path_); }
  void Vocabulary(std::string_view json) { EXPECT_TRUE(WriteFile(path_, json)); }
  WordIdsOptions Options(std::size_t length) {
    WordIdsOptions options;
    options.vocabulary = path_;
    options.length = length;
    return options;
  }
  std::vector<std::int64_t> Ids(const WordIdsOptions& options, std::string_view text) {
    auto words = WordIds::Make(options);
    EXPECT_TRUE(words) << words.error().message;
    std::vector<std::int64_t> ids;
    if (words) words_ = words->Encode(text, ids);
    return ids;
  }
  std::string ErrorOf(const WordIdsOptions& options) {
    const auto words = WordIds::Make(options);
    return words ? "no error" : words.error().message;
  }

  std::string path_;
  std::size_t words_ = 0;
};

TEST_F(WordIdsTest, SplitsAsKerasDoes) {
  // texts_to_sequences keeps the apostrophe and filters the rest of ASCII punctuation.
  EXPECT_THAT(Ids(Options(8), "Oil-prices: \"DON'T\" rise!\tÉLAN"),
              ElementsAre(2, 3, 4, 1, 5, 0, 0, 0));
  EXPECT_EQ(words_, 5u);
}

TEST_F(WordIdsTest, PadsAndCutsToTheLength) {
  EXPECT_THAT(Ids(Options(2), "oil prices oil"), ElementsAre(2, 3));
  EXPECT_THAT(Ids(Options(3), ""), ElementsAre(0, 0, 0));
  EXPECT_EQ(words_, 0u);
  WordIdsOptions left = Options(2);
  left.truncate_left = true;
  EXPECT_THAT(Ids(left, "oil prices don't"), ElementsAre(3, 4));
  left.length = 4;
  left.pad_left = true;
  EXPECT_THAT(Ids(left, "oil"), ElementsAre(0, 0, 0, 2));
}

TEST_F(WordIdsTest, CaseMattersWhenAsked) {
  WordIdsOptions options = Options(2);
  options.lower = false;
  options.unknown = 7;
  EXPECT_THAT(Ids(options, "Oil oil"), ElementsAre(7, 2));
}

TEST_F(WordIdsTest, BadVocabulariesAreNamed) {
  EXPECT_THAT(ErrorOf(Options(0)), HasSubstr("length 0"));
  Vocabulary("{}");
  EXPECT_THAT(ErrorOf(Options(3)), HasSubstr("empty vocabulary"));
  Vocabulary("[1]");
  EXPECT_THAT(ErrorOf(Options(3)), HasSubstr("expected an object"));
  Vocabulary(R"({"a":-1})");
  EXPECT_THAT(ErrorOf(Options(3)), HasSubstr("id -1 of \"a\""));
}

}  // namespace
}  // namespace permille
