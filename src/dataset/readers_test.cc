// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "dataset/dataset_fixture_test.h"
#include "dataset/tags.h"

// Texts with more than a label: questions, entities, masks, summaries.

namespace permille {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Readers = DatasetFolder;

MATCHER_P4(IsSpan, label, text, begin, end, "") {
  return arg.label == label && arg.text == text && arg.begin == begin && arg.end == end;
}

constexpr std::string_view kSquad = R"({"version": "v2.0", "data": [{"title": "t", "paragraphs": [
  {"context": "Ada wrote it in 1843.", "qas": [
    {"id": "q1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 0},
                                                 {"text": "Ada", "answer_start": 0},
                                                 {"text": "Ada wrote", "answer_start": 0}]},
    {"id": "q2", "question": "Why?", "is_impossible": true, "answers": [],
     "plausible_answers": [{"text": "it", "answer_start": 10}]},
    {"question": "When?"}]}]}]})";

TEST_F(Readers, SquadGivesEveryQuestionItsPassage) {
  const auto samples = Samples(LoadFor("question-answering", "a.json", kSquad));
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].id, "q1");
  EXPECT_EQ(samples[0].text, "Who?");
  EXPECT_EQ(samples[2].context, "Ada wrote it in 1843.");
  EXPECT_THAT(samples[0].reference->values, ElementsAre("Ada", "Ada wrote"));
}

TEST_F(Readers, SquadTellsAnUnanswerableQuestionFromOneWithoutReference) {
  const auto samples = Samples(LoadFor("question-answering", "a.json", kSquad));
  ASSERT_EQ(samples.size(), 3u);
  ASSERT_TRUE(samples[1].reference);
  EXPECT_THAT(samples[1].reference->values, IsEmpty());
  EXPECT_FALSE(samples[2].reference);
}

TEST_F(Readers, SquadErrorsNameThePlace) {
  EXPECT_THAT(ErrorOf(LoadFor("question-answering", "a.json",
                              R"({"data":[{"paragraphs":[{"context":"c","qas":[{"id":"x"}]}]}]})")),
              HasSubstr("a.json: data[0].paragraphs[0].qas[0]: key \"question\" is missing"));
  EXPECT_THAT(ErrorOf(LoadFor("question-answering", "a.json", R"({"paragraphs":[],"data":7})")),
              HasSubstr("field data is missing or no list"));
  EXPECT_THAT(ErrorOf(LoadFor("summarization", "a.json", kSquad)),
              HasSubstr("for question-answering, not for summarization"));
}

TEST_F(Readers, QuestionsFromJsonLinesNeedAContext) {
  const auto samples = Samples(LoadFor(
      "question-answering", "a.jsonl",
      R"({"question":"Who?","context":"Ada did.","answers":{"text":["Ada"],"answer_start":[0]}})"
      "\n"
      R"({"question":"Why?","context":"Ada did.","answers":[]})"
      "\n"
      R"({"question":"Why?","context":"Ada did.","answer":"x"})"));
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_THAT(samples[0].reference->values, ElementsAre("Ada"));
  EXPECT_THAT(samples[1].reference->values, IsEmpty());
  EXPECT_THAT(samples[2].reference->values, ElementsAre("x"));
  EXPECT_THAT(ErrorOf(LoadFor("question-answering", "a.jsonl", R"({"question":"Who?"})")),
              HasSubstr("a.jsonl:1: question-answering needs the field context; there are: "
                        "question"));
  EXPECT_THAT(ErrorOf(LoadFor("question-answering", "a.csv", "question,answer\nWho?,Ada\n")),
              HasSubstr("needs a column \"context\"; there are: question, answer"));
  EXPECT_THAT(ErrorOf(LoadFor("question-answering", "a.txt", "Who?\n")),
              HasSubstr("plain text has no context"));
}

TEST_F(Readers, TheTaskDecidesWhichFieldIsMeant) {
  const std::string line =
      R"({"text":"t","document":"d","summary":"s","prompt":"p","word":"w","label":"l"})";
  EXPECT_THAT(Texts(LoadFor("summarization", "a.jsonl", line)), ElementsAre("d"));
  EXPECT_THAT(Labels(LoadFor("summarization", "a.jsonl", line)), ElementsAre("s"));
  EXPECT_THAT(Texts(LoadFor("text-to-image", "a.jsonl", line)), ElementsAre("p"));
  EXPECT_THAT(Labels(LoadFor("text-to-image", "a.jsonl", line)), ElementsAre("-"));
  EXPECT_THAT(Labels(LoadFor("fill-mask", "a.jsonl", line)), ElementsAre("w"));
  EXPECT_THAT(Labels(LoadFor("text-classification", "a.jsonl", line)), ElementsAre("l"));
}

TEST_F(Readers, SeveralReferencesAreEachRight) {
  const auto samples =
      Samples(LoadFor("summarization", "a.jsonl", R"({"document":"d","references":["a","b"]})"));
  EXPECT_THAT(samples.at(0).reference->values, ElementsAre("a", "b"));
}

TEST_F(Readers, AListOfObjectsIsReadAsLinesAre) {
  EXPECT_THAT(Texts(LoadFor("summarization", "a.json", R"( [{"document":"d"},{"article":"a"}])")),
              ElementsAre("d", "a"));
  EXPECT_THAT(ErrorOf(LoadFor("summarization", "a.json", "[7]")),
              HasSubstr("a.json: object 1: not a JSON object"));
  EXPECT_THAT(ErrorOf(LoadFor("summarization", "a.json", "{}")), HasSubstr("neither SQuAD"));
}

TEST_F(Readers, EntitiesCountCharactersNotBytes) {
  const auto samples = Samples(LoadFor(
      "token-classification", "a.jsonl",
      R"({"text":"Zoë trägt Äpfel nach Köln","entities":[)"
      R"({"label":"PER","start":0,"end":3},{"type":"LOC","begin":21,"end":25,"text":"Köln"}]})"));
  EXPECT_THAT(samples.at(0).reference->spans,
              ElementsAre(IsSpan("PER", "Zoë", 0, 3), IsSpan("LOC", "Köln", 21, 25)));
}

TEST_F(Readers, ASentenceMayHoldNoEntity) {
  const auto samples = Samples(
      LoadFor("token-classification", "a.jsonl", R"({"text":"nothing here","entities":[]})"));
  ASSERT_TRUE(samples.at(0).reference);
  EXPECT_THAT(samples.at(0).reference->spans, IsEmpty());
}

TEST_F(Readers, EntitiesThatDoNotFitTheTextAreRefused) {
  const auto error = [this](const std::string& entity) {
    return ErrorOf(LoadFor("token-classification", "a.jsonl",
                           R"({"text":"Ada left","entities":[)" + entity + "]}"));
  };
  EXPECT_THAT(
      error(R"({"label":"PER","start":0,"end":9})"),
      HasSubstr("a.jsonl:1: field entities names a place outside the text of 8 characters"));
  EXPECT_THAT(error(R"({"label":"PER","start":3,"end":3})"), HasSubstr("outside the text"));
  EXPECT_THAT(error(R"({"label":"PER","start":-1,"end":3})"), HasSubstr("outside the text"));
  EXPECT_THAT(error(R"({"label":"PER","start":0,"end":3,"text":"Bob"})"),
              HasSubstr("says another text than stands there (\"Ada\")"));
  EXPECT_THAT(error("7"), HasSubstr("needs {\"label\", \"start\", \"end\"}"));
  EXPECT_THAT(error(R"({"label":"PER","start":0.5,"end":3})"), HasSubstr("needs"));
}

TEST_F(Readers, TokensWithTagsBecomeTextAndEntities) {
  const auto samples = Samples(LoadFor("token-classification", "a.jsonl",
                                       R"({"tokens":["Ada","Lovelace","met","Zoë"],)"
                                       R"("ner_tags":["B-PER","I-PER","O","B-PER"]})"));
  EXPECT_EQ(samples.at(0).text, "Ada Lovelace met Zoë");
  EXPECT_THAT(samples.at(0).reference->spans,
              ElementsAre(IsSpan("PER", "Ada Lovelace", 0, 12), IsSpan("PER", "Zoë", 17, 20)));
  EXPECT_THAT(ErrorOf(LoadFor("token-classification", "a.jsonl",
                              R"({"tokens":["a","b"],"ner_tags":["O"]})")),
              HasSubstr("field ner_tags has 1 tags for 2 tokens"));
}

// Spans by seqeval.metrics.sequence_labeling.get_entities: tools/golden/make_metrics.py.
TEST(Tags, AreReadAsSeqevalReadsThem) {
  const auto text = ReadFile(PERMILLE_SOURCE_DIR "/test/data/golden/score/entities.jsonl");
  ASSERT_TRUE(text) << text.error().message;
  int sentences = 0;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    const auto one = ParseJson(std::string_view(*text).substr(at, end - at), "entities.jsonl");
    at = end + 1;
    for (const Json& sample : (*one)["samples"]) {
      const auto tags = sample["wanted_tags"].get<std::vector<std::string>>();
      const TaggedText tagged = JoinTagged(std::vector<std::string>(tags.size(), "w"), tags);
      Json spans = Json::array();
      for (const TextSpan& span : tagged.spans) spans.push_back({span.label, span.begin, span.end});
      EXPECT_EQ(spans, sample["wanted"]) << sample["wanted_tags"];
      ++sentences;
    }
  }
  EXPECT_GE(sentences, 100);
}

constexpr std::string_view kConll =
    "-DOCSTART- -X- O O\n\nAda NNP B-NP B-PER\nLovelace NNP I-NP I-PER\nleft VBD O O\n"
    "\nParis NNP B-NP I-LOC\r\n";

TEST_F(Readers, ConllTakesTheFirstColumnAndTheLast) {
  const auto samples = Samples(LoadFor("token-classification", "a.conll", kConll));
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].text, "Ada Lovelace left");
  EXPECT_THAT(samples[0].reference->spans, ElementsAre(IsSpan("PER", "Ada Lovelace", 0, 12)));
  EXPECT_THAT(samples[1].reference->spans, ElementsAre(IsSpan("LOC", "Paris", 0, 5)));
}

TEST_F(Readers, ConllColumnsGoByNumber) {
  DatasetOptions options;
  options.label_field = "2";
  const auto samples = Samples(LoadFor("token-classification", "a.conll", kConll, options));
  EXPECT_THAT(samples.at(0).reference->spans, ElementsAre(IsSpan("NP", "Ada Lovelace", 0, 12)));
  options.label_field = "ner";
  EXPECT_THAT(ErrorOf(LoadFor("token-classification", "a.conll", kConll, options)),
              HasSubstr("\"ner\" is not a number from 0"));
}

TEST_F(Readers, ConllErrorsNameTheLine) {
  EXPECT_THAT(ErrorOf(LoadFor("token-classification", "a.conll", "Ada B-PER\nleft\n")),
              HasSubstr("a.conll:2: 1 columns where 2 were expected"));
  EXPECT_THAT(ErrorOf(LoadFor("fill-mask", "a.conll", kConll)), HasSubstr("not for fill-mask"));
}

TEST_F(Readers, ConllOfAnotherEncodingIsRefused) {
  for (const char* word :
       {"Zo\xEB", "\xB5x", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "a\xE2\x82"})
    EXPECT_THAT(
        ErrorOf(LoadFor("token-classification", "a.conll", fmt::format("b O\n{} O\n", word))),
        HasSubstr("a.conll:2: not UTF-8"));
  EXPECT_EQ(
      Samples(LoadFor("token-classification", "a.conll", "Zo\xC3\xAB O\n\xF0\x9F\x94\x8B O\n"))
          .size(),
      1u);
}

TEST_F(Readers, ConllOfWordsAloneHasNoReference) {
  const auto samples = Samples(LoadFor("token-classification", "a.conll", "Ada\nleft\n"));
  EXPECT_EQ(samples.at(0).text, "Ada left");
  EXPECT_FALSE(samples.at(0).reference);
}

TEST_F(Readers, NothingIsMaskedUnasked) {
  EXPECT_THAT(Texts(LoadFor("fill-mask", "a.txt", "It rains. Often.\n")),
              ElementsAre("It rains. Often."));
}

TEST_F(Readers, MaskingHidesTheLastOfTwentyWordsAndKeepsItAsReference) {
  DatasetOptions options;
  options.mask = "last-word";
  std::string line;
  for (int i = 1; i <= 30; ++i) line += fmt::format("{}w{}", i == 1 ? "" : "  ", i);
  const auto dataset = LoadFor("fill-mask", "a.txt", line + "\nlone\n", options);
  EXPECT_THAT(Labels(dataset), ElementsAre("w20", "lone"));
  EXPECT_THAT(Texts(dataset).at(0),
              AllOf(testing::StartsWith("w1 w2 "), testing::EndsWith(" w19 [MASK]")));
  EXPECT_EQ(Texts(dataset).at(1), "[MASK]");
}

TEST_F(Readers, AppendingAMaskHidesNothing) {
  DatasetOptions options;
  options.mask = "append";
  const auto dataset = LoadFor("fill-mask", "a.txt", "It rains. Often.\n", options);
  EXPECT_THAT(Texts(dataset), ElementsAre("It rains Often[MASK]"));
  EXPECT_THAT(Labels(dataset), ElementsAre("-"));
}

TEST_F(Readers, MaskingIsRefusedWhereItCannotBeMeant) {
  DatasetOptions options;
  options.mask = "append";
  EXPECT_THAT(ErrorOf(LoadFor("fill-mask", "a.txt", "It [MASK].\n", options)),
              HasSubstr("sample 1 already has a [MASK]"));
  EXPECT_THAT(ErrorOf(LoadFor("summarization", "a.txt", "It rains.\n", options)),
              HasSubstr("masking is for fill-mask"));
  options.mask = "middle";
  EXPECT_THAT(ErrorOf(LoadFor("fill-mask", "a.txt", "It rains.\n", options)),
              HasSubstr("there are: last-word, append"));
}

// ../shared/data: SOURCE.txt and MODELS.md state how many there are.
TEST_F(Readers, RealFilesAreReadWhole) {
  const std::string shared = PERMILLE_SOURCE_DIR "/../shared/data";
  if (!std::filesystem::exists(shared)) GTEST_SKIP() << "no ../shared/data";
  const auto squad = Samples(LoadDataset(shared + "/xquad-en/xquad.en.json", "question-answering"));
  EXPECT_EQ(squad.size(), 1190u);
  for (const Sample& sample : squad)
    EXPECT_NE(sample.context.find(sample.reference->values.at(0)), std::string::npos);
  const auto samsum = Samples(LoadDataset(shared + "/samsum/even.jsonl", "summarization"));
  EXPECT_EQ(samsum.size(), 409u);
  EXPECT_THAT(samsum.at(0).text, testing::StartsWith("Eric: MACHINE!"));
  EXPECT_FALSE(samsum.at(408).reference->values.at(0).empty());
  const auto prompts =
      Samples(LoadDataset(shared + "/partiprompts/PartiPrompts.tsv", "text-to-image"));
  ASSERT_EQ(prompts.size(), 1632u);
  EXPECT_EQ(prompts[0].text, "bond");
}

}  // namespace
}  // namespace permille
