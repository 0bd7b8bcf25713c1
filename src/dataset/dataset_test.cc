// SPDX-License-Identifier: Apache-2.0
#include "dataset/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "dataset/dataset_fixture_test.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DatasetTest : public DatasetFolder {
 protected:
  Result<Dataset> Load(const std::string& name, std::string_view text,
                       const DatasetOptions& options = {}) {
    return LoadFor("text-classification", name, text, options);
  }
};

DatasetOptions Fields(const char* field, const char* label = nullptr) {
  DatasetOptions options;
  options.field = field;
  if (label) options.label_field = label;
  return options;
}

TEST_F(DatasetTest, TsvColumnsGoByName) {
  const auto dataset = Load("a.tsv", "id\tsentence\tlabel\n7\tgood \"film\n\t1\n");
  EXPECT_THAT(ErrorOf(dataset), HasSubstr("a.tsv:2"));
  const auto whole = Load("b.tsv", "id\tsentence\tlabel\r\n7\tgood \"film\t1\r\n8\tbad, sad\t0");
  EXPECT_THAT(Texts(whole), ElementsAre("good \"film", "bad, sad"));
  EXPECT_THAT(Labels(whole), ElementsAre("1", "0"));
  EXPECT_EQ(whole->name, "b.tsv");
  EXPECT_EQ(whole->samples[1].id, "2");
}

TEST_F(DatasetTest, CsvHonoursQuotes) {
  const auto dataset = Load("a.csv", "\xEF\xBB\xBFtext,class\n\"good, \"\"very\"\" good\",pos\n");
  EXPECT_THAT(Texts(dataset), ElementsAre("good, \"very\" good"));
  EXPECT_THAT(Labels(dataset), ElementsAre("pos"));
}

TEST_F(DatasetTest, ColumnsWithoutHeaderGoByNumber) {
  DatasetOptions options = Fields("0", "1");
  options.header = false;
  const auto dataset = Load("a.tsv", "Oil prices rise\tBusiness\nCup final\tSports\n", options);
  EXPECT_THAT(Texts(dataset), ElementsAre("Oil prices rise", "Cup final"));
  EXPECT_THAT(Labels(dataset), ElementsAre("Business", "Sports"));
}

TEST_F(DatasetTest, MissingColumnListsTheColumnsThereAre) {
  EXPECT_THAT(ErrorOf(Load("a.tsv", "x\ty\n1\t2\n", Fields("sentence"))),
              testing::AllOf(HasSubstr("a.tsv"), HasSubstr("sentence"), HasSubstr("x, y")));
  EXPECT_THAT(ErrorOf(Load("a.tsv", "x\ty\n1\t2\n", Fields("x", "label"))), HasSubstr("x, y"));
  EXPECT_THAT(ErrorOf(Load("a.tsv", "x\ty\n1\t2\n")),
              HasSubstr("Name it with --field; there are: x, y"));
}

TEST_F(DatasetTest, OneColumnNeedsNoName) {
  EXPECT_THAT(Texts(Load("a.tsv", "anything\nhello there\n")), ElementsAre("hello there"));
}

TEST_F(DatasetTest, JsonLinesTakeTextAndAnyScalarLabel) {
  const auto dataset = Load(
      "a.jsonl", "{\"text\":\"a\\u00e9\",\"label\":1}\n\n{\"text\":\"b\",\"label\":\"neg\"}\n");
  EXPECT_THAT(Texts(dataset), ElementsAre("aé", "b"));
  EXPECT_THAT(Labels(dataset), ElementsAre("1", "neg"));
}

TEST_F(DatasetTest, JsonLinesErrorsNameLineAndField) {
  EXPECT_THAT(ErrorOf(Load("a.jsonl", "{\"text\":\"a\"}\n{broken\n")), HasSubstr("a.jsonl:2"));
  EXPECT_THAT(ErrorOf(Load("a.jsonl", "{\"text\":7}\n")),
              HasSubstr("a.jsonl:1: field text is not a string: 7"));
  EXPECT_THAT(ErrorOf(Load("a.jsonl", "[1]\n")), HasSubstr("a.jsonl:1: not a JSON object"));
  EXPECT_THAT(ErrorOf(Load("a.jsonl", "{\"dialogue\":\"x\"}\n")), HasSubstr("there are: dialogue"));
  EXPECT_THAT(ErrorOf(Load("a.jsonl", "{\"text\":\"x\"}\n", Fields("text", "label"))),
              HasSubstr("a.jsonl:1: field label is missing; there are: text"));
  EXPECT_THAT(ErrorOf(Load("a.jsonl", "{\"text\":\"x\",\"label\":[]}\n")),
              HasSubstr("field label is neither"));
}

TEST_F(DatasetTest, PlainTextIsALineASample) {
  EXPECT_THAT(Texts(Load("a.txt", "one\r\n\n  \ntwo")), ElementsAre("one", "two"));
  EXPECT_THAT(ErrorOf(Load("a.txt", "one\n", Fields("text"))),
              HasSubstr("plain text has no field text"));
}

TEST_F(DatasetTest, LimitKeepsTheFirst) {
  DatasetOptions options;
  options.limit = 2;
  EXPECT_THAT(Texts(Load("a.txt", "1\n2\n3\n", options)), ElementsAre("1", "2"));
  EXPECT_THAT(Texts(Load("a.tsv", "text\n1\n2\n3\n", options)), ElementsAre("1", "2"));
  EXPECT_THAT(Texts(Load("a.jsonl", "{\"text\":\"1\"}\n{\"text\":\"2\"}\nbroken", options)),
              ElementsAre("1", "2"));
}

TEST_F(DatasetTest, NothingToReadIsAnErrorOfOneLine) {
  EXPECT_THAT(ErrorOf(Load("a.tsv", "")), HasSubstr("a.tsv"));
  EXPECT_THAT(ErrorOf(Load("a.tsv", "sentence\tlabel\n")), HasSubstr("no samples"));
  EXPECT_THAT(ErrorOf(Load("a.txt", "\n\n")), HasSubstr("no samples"));
  EXPECT_THAT(ErrorOf(LoadDataset("/nowhere/x.tsv", "text-classification")),
              HasSubstr("no such file"));
  EXPECT_THAT(ErrorOf(LoadDataset(folder_.string(), "text-classification")),
              HasSubstr("is a folder"));
  EXPECT_THAT(
      ErrorOf(Load("a.parquet", "PAR1")),
      HasSubstr("format unknown (known: .tsv, .csv, .jsonl, .txt, .conll, .json, .yaml, a folder "
                "of images)"));
}

TEST_F(DatasetTest, HashFollowsTextsAndLabels) {
  const auto a = Load("a.tsv", "text\tlabel\nx\t1\n");
  const auto same = Load("b.tsv", "label\ttext\n1\tx\n");
  const auto other = Load("c.tsv", "text\tlabel\nx\t2\n");
  EXPECT_EQ(a->hash, same->hash);
  EXPECT_NE(a->hash, other->hash);
}

TEST_F(DatasetTest, NoneIsOneEmptySample) {
  EXPECT_THAT(Texts(LoadDataset("none", "object-detection")), ElementsAre(""));
}

TEST_F(DatasetTest, SentencesShipWithTheCatalog) {
  const auto dataset = LoadDataset("sentences", "text-classification");
  ASSERT_TRUE(dataset) << dataset.error().message;
  EXPECT_GE(dataset->samples.size(), 220u);
  std::set<std::string> texts;
  std::size_t positive = 0;
  for (const Sample& sample : dataset->samples) {
    texts.insert(sample.text);
    positive += sample.reference->values.at(0) == "positive";
  }
  EXPECT_EQ(texts.size(), dataset->samples.size()) << "a sentence occurs twice";
  EXPECT_EQ(positive * 2, dataset->samples.size());
  const auto by_default = LoadDataset("", "text-classification");
  ASSERT_TRUE(by_default) << by_default.error().message;
  EXPECT_EQ(by_default->hash, dataset->hash);
}

TEST_F(DatasetTest, EveryTaskHasThirtySamplesOfItsOwn) {
  for (const char* task : {"text-classification", "token-classification", "question-answering",
                           "fill-mask", "text-generation", "summarization", "image-classification",
                           "object-detection", "image-to-text", "text-to-image"}) {
    const auto samples = Samples(LoadDataset("", task));
    EXPECT_GE(samples.size(), 30u) << task;
    std::set<std::string> inputs;
    std::size_t referenced = 0;
    for (const Sample& sample : samples) {
      inputs.insert(sample.text + sample.context + sample.image_path);
      referenced += sample.reference.has_value();
    }
    EXPECT_EQ(inputs.size(), samples.size()) << task << ": an input occurs twice";
    const std::string name = task;
    const bool free = name == "text-generation" || name == "text-to-image";
    EXPECT_EQ(referenced, free ? 0 : samples.size()) << task;
  }
}

TEST_F(DatasetTest, MaskedSamplesHideOneWordEach) {
  for (const Sample& sample : Samples(LoadDataset("masked", "fill-mask"))) {
    const std::size_t at = sample.text.find(kMaskMark);
    EXPECT_NE(at, std::string::npos) << sample.text;
    EXPECT_EQ(sample.text.find(kMaskMark, at + 1), std::string::npos) << sample.text;
  }
}

TEST_F(DatasetTest, UnknownNameSaysSo) {
  EXPECT_THAT(ErrorOf(LoadDataset("sentence", "text-classification")), HasSubstr("sentences"));
}

}  // namespace
}  // namespace permille
