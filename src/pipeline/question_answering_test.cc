// SPDX-License-Identifier: Apache-2.0
#include "pipeline/question_answering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/answer_spans.h"
#include "pipeline/model_folder_test.h"
#include "pipeline/scripted_engine_test.h"

namespace permille {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, who 4, ran 5, bob 6, ##by 7, the 8, cat 9.
class QuestionAnsweringTest : public testing::Test {
 protected:
  QuestionAnsweringTest() {
    folder_.With("config.json", R"({"vocab_size":10,"max_position_embeddings":12})")
        .With("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nwho\nran\nbob\n##by\nthe\ncat\n")
        .With("tokenizer_config.json", R"({"cls_token":"[CLS]"})")
        .With("onnx/model.onnx", "graph");
    engine_.inputs = {{"input_ids", DType::kInt64, {-1, -1}},
                      {"token_type_ids", DType::kInt64, {-1, -1}}};
    engine_.outputs = {{"start_logits", DType::kFloat32, {-1, -1}},
                       {"end_logits", DType::kFloat32, {-1, -1}}};
    // Wherever `bob` stands an answer starts and ends.
    engine_.whole = [](const std::vector<ScriptedEngine::Input>& inputs)
        -> Result<std::vector<ScriptedEngine::Output>> {
      ScriptedEngine::Output logits{inputs[0].shape, {}};
      for (const double id : inputs[0].numbers) logits.numbers.push_back(id == 6 ? 5.0F : 0.0F);
      return std::vector<ScriptedEngine::Output>{logits, logits};
    };
    options_.task = "question-answering";
    options_.engine = &engine_;
  }
  Result<Answer> Predict(const std::vector<std::pair<std::string, std::string>>& pairs) {
    PERMILLE_ASSIGN(const ModelFiles files, FindModel(folder_.path()));
    PERMILLE_ASSIGN(loaded_, MakePredictor(files, options_));
    samples_.assign(pairs.size(), {});
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      samples_[i].id = std::to_string(i + 1);
      samples_[i].text = pairs[i].first;
      samples_[i].context = pairs[i].second;
    }
    return loaded_.predictor->Predict(samples_);
  }
  std::string ErrorOf(const std::vector<std::pair<std::string, std::string>>& pairs) {
    const auto answer = Predict(pairs);
    if (answer) return "no error";
    EXPECT_EQ(answer.error().message.find('\n'), std::string::npos);
    return answer.error().message;
  }

  ModelFolder folder_;
  ScriptedEngine engine_;
  PredictorOptions options_;
  LoadedPredictor loaded_;
  std::vector<Sample> samples_;
};

TEST_F(QuestionAnsweringTest, AnswersWithWholeWordsOfTheOriginal) {
  const auto answer = Predict({{"who ran", "the Bobby ran"}});
  ASSERT_TRUE(answer) << answer.error().message;
  const Prediction& prediction = answer->predictions.at(0);
  ASSERT_EQ(prediction.spans.size(), 1u);
  // The piece `bob` is widened to the word, spelled as in the passage.
  EXPECT_EQ(prediction.text, "Bobby");
  EXPECT_EQ(prediction.spans[0].begin, 4);
  EXPECT_EQ(prediction.spans[0].end, 9);
  // Passage: the, bob, ##by, ran, and CLS: e^5 / (e^5 + 4), squared.
  const double share = std::exp(5.0) / (std::exp(5.0) + 4);
  EXPECT_NEAR(prediction.spans[0].score, share * share, 1e-6);
  EXPECT_EQ(prediction.input_tokens, 9);
  EXPECT_THAT(engine_.calls.back()[1].numbers, ElementsAre(0, 0, 0, 0, 1, 1, 1, 1, 1));
}

TEST_F(QuestionAnsweringTest, ALongPassageIsReadInPiecesOfTheBatchSize) {
  // 12 tokens at once, 5 of them around and in the question: 7 a piece, 2 of them shared.
  options_.task_options.doc_stride = 2;
  const std::string passage = "the cat ran the cat ran the cat ran the cat ran the cat bob";
  auto answer = Predict({{"who ran", passage}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->predictions[0].text, "bob");
  EXPECT_EQ(answer->predictions[0].spans[0].begin, 56);
  EXPECT_EQ(engine_.calls.size(), 3u);
  engine_.calls.clear();
  answer = Predict({{"who ran", passage}, {"who", "bob ran"}});
  ASSERT_TRUE(answer) << answer.error().message;
  // Three pieces of one sample and one of the other: two calls of two.
  EXPECT_EQ(engine_.calls.size(), 2u);
  EXPECT_EQ(answer->predictions[0].spans[0].begin, 56);
  EXPECT_EQ(answer->predictions[1].text, "bob");
  EXPECT_EQ(answer->predictions[1].input_tokens, 6);
}

TEST_F(QuestionAnsweringTest, NoAnswerCompetesWhereItMay) {
  // [CLS] is the likeliest start and end: e^5 / (e^5 + 3) of it and the three tokens, squared.
  engine_.whole = [](const std::vector<ScriptedEngine::Input>& inputs)
      -> Result<std::vector<ScriptedEngine::Output>> {
    ScriptedEngine::Output logits{inputs[0].shape, {}};
    for (const double id : inputs[0].numbers) logits.numbers.push_back(id == 2 ? 5.0F : 0.0F);
    return std::vector<ScriptedEngine::Output>{logits, logits};
  };
  options_.task_options.no_answer = true;
  const auto answer = Predict({{"who ran", "the cat ran"}});
  ASSERT_TRUE(answer) << answer.error().message;
  const auto& spans = answer->predictions.at(0).spans;
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].label, "no-answer");
  EXPECT_EQ(spans[0].text, "");
  const double share = std::exp(5.0) / (std::exp(5.0) + 3);
  EXPECT_NEAR(spans[0].score, share * share, 1e-6);
  options_.task_options.no_answer = false;
  EXPECT_EQ(Predict({{"who ran", "the cat ran"}})->predictions.at(0).spans.at(0).label, "");
}

TEST_F(QuestionAnsweringTest, QuestionAndContextMustBeThere) {
  EXPECT_THAT(ErrorOf({{"who ran", ""}}), HasSubstr("sample 1: no context: a question needs"));
  EXPECT_THAT(ErrorOf({{"who", "the cat"}, {"", "the cat"}}), HasSubstr("sample 2: no question"));
  EXPECT_THAT(ErrorOf({{"who ran the cat the cat the cat the cat", "bob"}}),
              HasSubstr("sample 1: "));
}

TEST_F(QuestionAnsweringTest, APassageOf100000CharactersIsReadToItsEnd) {
  std::string passage;
  while (passage.size() < 100'000) passage += "the cat ran ";
  passage += "bob";
  options_.task_options.doc_stride = 2;
  const auto answer = Predict({{"who", passage}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->predictions[0].text, "bob");
}

TEST_F(QuestionAnsweringTest, OptionsOutOfRangeAreNamed) {
  options_.task_options.top_k = 0;
  EXPECT_THAT(ErrorOf({{"who", "bob"}}), HasSubstr("top_k 0 is no number of answers"));
  options_.task_options.top_k = 1;
  options_.task_options.max_answer_tokens = 0;
  EXPECT_THAT(ErrorOf({{"who", "bob"}}), HasSubstr("max_answer_tokens 0 is no number"));
  options_.task_options.max_answer_tokens = 1;
  options_.task_options.doc_stride = 13;
  EXPECT_THAT(ErrorOf({{"who", "bob"}}), HasSubstr("doc_stride 13 is out of range (0 to 12"));
}

TEST_F(QuestionAnsweringTest, AGraphWithoutStartAndEndIsRefused) {
  engine_.outputs = {{"logits", DType::kFloat32, {-1, -1}}};
  EXPECT_THAT(ErrorOf({{"who", "bob"}}),
              HasSubstr("the graph has no output start_logits (it has: logits)"));
}

TEST(ChooseSpans, TakesTheLikeliestOfAllowedLength) {
  // Starts favour token 2, ends token 4: three tokens. With at most two, 2..3 wins.
  const std::vector<bool> allowed = {true, false, true, true, true};
  std::vector<float> starts = {0, 0, 4, 0, 0};
  std::vector<float> ends = {0, 0, 0, 1, 4};
  auto answers = ChooseSpans(starts, ends, allowed, {1, 15});
  EXPECT_EQ(answers.spans.at(0).first, 2u);
  EXPECT_EQ(answers.spans.at(0).last, 4u);
  starts = {0, 0, 4, 0, 0};
  ends = {0, 0, 0, 1, 4};
  answers = ChooseSpans(starts, ends, allowed, {1, 2});
  EXPECT_EQ(answers.spans.at(0).first, 2u);
  EXPECT_EQ(answers.spans.at(0).last, 3u);
}

}  // namespace
}  // namespace permille
