// SPDX-License-Identifier: Apache-2.0
#include "prep/stand_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "base/csv.h"
#include "base/file.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using testing::HasSubstr;

const std::string kTable = PERMILLE_SOURCE_DIR "/catalog/stand_in/wordpiece-en.csv";

StandInOptions Bert() {
  StandInOptions options;
  options.table = kTable;
  options.vocab_size = 30522;
  options.special.cls = 101;
  options.special.sep = 102;
  options.special.pad = 0;
  options.special.unk = 100;
  options.around = BertTemplate(101, 102);
  return options;
}

std::unique_ptr<Tokenizer> Make(const StandInOptions& options = Bert()) {
  auto made = StandInTokenizer::Make(options);
  EXPECT_TRUE(made) << made.error().message;
  return made ? std::move(*made) : nullptr;
}

std::vector<std::int64_t> Ids(Tokenizer& tokenizer, std::string_view text, std::size_t limit = 0) {
  Encoding encoding;
  tokenizer.Encode(text, {true, limit}, encoding);
  EXPECT_EQ(encoding.ids.size(), encoding.offsets.size());
  EXPECT_EQ(encoding.ids.size(), encoding.type_ids.size());
  return encoding.ids;
}

// The counts are those of bert-base-uncased's real tokenizer (tools/make_stand_in.py), on texts the
// table was not made from.
TEST(StandIn, CountsMatchTheRealTokenizerWithinAFewPercent) {
  const auto golden = CsvTable::Read(PERMILLE_SOURCE_DIR "/test/data/golden/stand_in_counts.csv");
  CsvOptions tsv;
  tsv.separator = '\t';
  tsv.quotes = false;
  const auto sentences = CsvTable::Read(PERMILLE_SOURCE_DIR "/catalog/samples/sentences.tsv", tsv);
  ASSERT_TRUE(golden && sentences);
  ASSERT_EQ(golden->rows(), sentences->rows()) << "run tools/make_stand_in.py again";
  const auto tokenizer = Make();
  double real = 0;
  double ours = 0;
  double deviation = 0;
  for (std::size_t row = 0; row < golden->rows(); ++row) {
    const double count = **golden->Number(row, 1);
    const auto made = static_cast<double>(tokenizer->Count(sentences->At(row, 0)));
    real += count;
    ours += made;
    deviation += std::abs(made / count - 1) / static_cast<double>(golden->rows());
  }
  EXPECT_NEAR(ours / real, 1, 0.03);
  EXPECT_LT(deviation, 0.06);
}

TEST(StandIn, SameTextGivesTheSameIds) {
  const auto tokenizer = Make();
  const auto first = Ids(*tokenizer, "A quiet, generous triumph.");
  Ids(*tokenizer, "Something else in between");
  EXPECT_EQ(Ids(*tokenizer, "A quiet, generous triumph."), first);
  EXPECT_EQ(Ids(*Make(), "A quiet, generous triumph."), first);
  EXPECT_NE(Ids(*tokenizer, "A quiet, generous comedy."), first);
}

TEST(StandIn, IdsStayInTheVocabularyAndOffTheSpecialOnes) {
  StandInOptions options = Bert();
  options.vocab_size = 16;
  options.special.cls = 3;
  options.special.sep = 4;
  options.special.pad = 15;
  options.special.unk = 0;
  options.around = BertTemplate(3, 4);
  const auto tokenizer = Make(options);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 500; ++i) {
    const auto ids = Ids(*tokenizer, fmt::format("word{} {} x", i, i * 7919));
    EXPECT_EQ(ids.front(), 3);
    EXPECT_EQ(ids.back(), 4);
    seen.insert(ids.begin() + 1, ids.end() - 1);
  }
  EXPECT_THAT(seen, testing::ElementsAre(1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14));
}

TEST(StandIn, PunctuationAndShortWordsAreOnePieceEach) {
  EXPECT_EQ(Ids(*Make(), "I am, so!").size(), 2u + 5u);
  EXPECT_EQ(Ids(*Make(), "").size(), 2u);
  EXPECT_EQ(Ids(*Make(), "\xff\x01").size(), 2u);
}

TEST(StandIn, LongWordsHaveSeveralPieces) {
  // From the table: letters of 17 and more have a mean of over three pieces.
  EXPECT_EQ(Ids(*Make(), "antidisestablishmentarianism").size(), 2u + 3u);
}

TEST(StandIn, TruncationKeepsTheSpecialTokens) {
  const auto tokenizer = Make();
  const auto whole = Ids(*tokenizer, "one two three four five");
  const auto cut = Ids(*tokenizer, "one two three four five", 4);
  ASSERT_EQ(cut.size(), 4u);
  EXPECT_EQ(cut[1], whole[1]);
  EXPECT_EQ(cut[2], whole[2]);
  EXPECT_EQ(cut[3], 102);
  EXPECT_EQ(Ids(*tokenizer, "one", 1).size(), 2u);
}

TEST(StandIn, BadOptionsAreNamed) {
  StandInOptions options = Bert();
  options.special.cls = 30522;
  EXPECT_THAT(StandInTokenizer::Make(options).error().message,
              HasSubstr("cls 30522 is not in the vocabulary"));
  options = Bert();
  options.vocab_size = 4;
  EXPECT_THAT(StandInTokenizer::Make(options).error().message, HasSubstr("vocab_size 4"));
  options = Bert();
  options.table = "/nowhere.csv";
  EXPECT_THAT(StandInTokenizer::Make(options).error().message, HasSubstr("/nowhere.csv"));
}

/// The tokenizer of a folder that holds nothing but a stand_in.json.
Result<std::unique_ptr<Tokenizer>> OfFolder(TempTree& tree, const std::string& fields) {
  tree.AddFile("model/stand_in.json",
               R"({"table": "../table.csv", "vocab_size": 50265, )" + fields + "}");
  tree.AddFile("table.csv", ReadFile(kTable).value());
  return LoadTokenizer(tree.Path("model"));
}

TEST(StandIn, AFolderMayStateRolesTemplateAndMask) {
  TempTree tree;
  // RoBERTa's: <s> text </s>, ids 0, 1, 2, 3 and 50264 (Liu et al. 2019; its vocab.json).
  const auto tokenizer =
      OfFolder(tree, R"("special": {"bos": 0, "pad": 1, "eos": 2, "unk": 3, "mask": 50264},
               "mask_token": "<mask>", "model_max_length": 512,
               "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2],
                                  "cls": ["<s>", 0], "trim_offsets": true,
                                  "add_prefix_space": false})");
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  const std::string text = "a <mask> b";
  Encoding encoding;
  (*tokenizer)->Encode(text, {}, encoding);
  ASSERT_EQ(encoding.ids.size(), 5u);
  EXPECT_EQ(encoding.ids.front(), 0);
  EXPECT_EQ(encoding.ids[2], 50264);
  EXPECT_EQ(encoding.ids.back(), 2);
  EXPECT_EQ(encoding.offsets[2], (ByteSpan{2, 8}));
  EXPECT_EQ(encoding.offsets[3], (ByteSpan{9, 10}));
  EXPECT_EQ((*tokenizer)->special().mask, 50264);
  EXPECT_EQ((*tokenizer)->padding().id, 1);
  EXPECT_EQ((*tokenizer)->max_length(), 512);
  EXPECT_EQ((*tokenizer)->source(), "modelled");
}

TEST(StandIn, AFoldersMistakesAreNamed) {
  TempTree tree;
  const auto error_of = [&](const std::string& fields) {
    const auto made = OfFolder(tree, fields);
    return made ? "no error" : made.error().message;
  };
  EXPECT_THAT(error_of(R"("special": {"bos": 50265})"), HasSubstr("bos 50265 is not in"));
  EXPECT_THAT(error_of(R"("mask_token": "<mask>")"), HasSubstr("special.mask"));
  EXPECT_THAT(error_of(R"("special": {"bos": "x"})"), HasSubstr("special.bos"));
}

TEST(StandIn, ABrokenTableIsNamedByLine) {
  const std::string path = (std::filesystem::path(testing::TempDir()) /
                            fmt::format("permille-stand-in-{}.csv", getpid()))
                               .string();
  const auto error_of = [&path](std::string_view rows) {
    EXPECT_TRUE(WriteFile(path, "kind,length,words,mean_pieces\n" + std::string(rows)));
    StandInOptions options = Bert();
    options.table = path;
    const auto made = StandInTokenizer::Make(options);
    return made ? "no error" : made.error().message;
  };
  EXPECT_THAT(error_of("runes,1,5,1\n"), HasSubstr(":2: kind \"runes\""));
  EXPECT_THAT(error_of("letters,2,5,1\n"), HasSubstr(":2: expected length 1"));
  EXPECT_THAT(error_of("letters,1,5,0.5\n"), HasSubstr("mean_pieces from 1"));
  EXPECT_THAT(error_of("letters,1,5,1\n"), HasSubstr("no row of kind digits"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace permille
