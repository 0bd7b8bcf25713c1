// SPDX-License-Identifier: Apache-2.0
#include "pipeline/fill_mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/clean_spaces.h"
#include "pipeline/model_folder_test.h"
#include "pipeline/scripted_engine_test.h"

namespace permille {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4, good 5, bad 6, film 7, "." 8, ##s 9.
class FillMaskTest : public testing::Test {
 protected:
  FillMaskTest() {
    folder_.With("config.json", R"({"vocab_size":10,"max_position_embeddings":8})")
        .With("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nbad\nfilm\n.\n##s\n")
        .With("tokenizer_config.json", R"({"mask_token":"[MASK]"})")
        .With("onnx/model.onnx", "graph");
    engine_.inputs = {{"input_ids", DType::kInt64, {-1, -1}}};
    engine_.outputs = {{"logits", DType::kFloat32, {-1, -1, 10}}};
    // A token of column c of row r likes token 5 + (r + c) % 5 best, by one.
    engine_.whole = [](const std::vector<ScriptedEngine::Input>& inputs)
        -> Result<std::vector<ScriptedEngine::Output>> {
      const auto& shape = inputs[0].shape;
      ScriptedEngine::Output output{{shape[0], shape[1], 10}, {}};
      for (std::int64_t row = 0; row < shape[0]; ++row) {
        for (std::int64_t column = 0; column < shape[1]; ++column) {
          for (std::int64_t id = 0; id < 10; ++id)
            output.numbers.push_back(id == 5 + (row + column) % 5 ? 1.0F : 0.0F);
        }
      }
      return std::vector<ScriptedEngine::Output>{output};
    };
    options_.task = "fill-mask";
    options_.engine = &engine_;
  }
  Result<Answer> Predict(const std::vector<std::string>& texts) {
    PERMILLE_ASSIGN(const ModelFiles files, FindModel(folder_.path()));
    PERMILLE_ASSIGN(loaded_, MakePredictor(files, options_));
    std::vector<Sample> samples(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      samples[i].id = std::to_string(i + 1);
      samples[i].text = texts[i];
    }
    return loaded_.predictor->Predict(samples);
  }
  std::string ErrorOf(const std::vector<std::string>& texts) {
    const auto answer = Predict(texts);
    if (answer) return "no error";
    EXPECT_EQ(answer.error().message.find('\n'), std::string::npos);
    return answer.error().message;
  }

  ModelFolder folder_;
  ScriptedEngine engine_;
  PredictorOptions options_;
  LoadedPredictor loaded_;
};

TEST_F(FillMaskTest, GivesTheLikeliestTokensOfAMask) {
  const auto answer = Predict({"good [MASK] ."});
  ASSERT_TRUE(answer) << answer.error().message;
  const Prediction& prediction = answer->predictions.at(0);
  ASSERT_EQ(prediction.spans.size(), 5u);
  // Column 2 likes 5 + 2 = film: e / (e + 9); the nine others are equal, lower ids first.
  EXPECT_EQ(prediction.spans[0].text, "film");
  EXPECT_EQ(prediction.spans[0].label, "film");
  EXPECT_NEAR(prediction.spans[0].score, std::exp(1.0) / (std::exp(1.0) + 9), 1e-12);
  EXPECT_EQ(prediction.spans[1].label, "[PAD]");
  EXPECT_EQ(prediction.spans[0].begin, 5);
  EXPECT_EQ(prediction.spans[0].end, 11);
  EXPECT_EQ(prediction.labels.size(), 5u);
  EXPECT_EQ(prediction.labels[0].label, "film");
  EXPECT_EQ(prediction.text, "good film.");
}

TEST_F(FillMaskTest, SeveralMasksGiveTheTokensOfEach) {
  options_.task_options.top_k = 1;
  const auto answer = Predict({"[MASK] [MASK] ."});
  ASSERT_TRUE(answer) << answer.error().message;
  const Prediction& prediction = answer->predictions.at(0);
  ASSERT_EQ(prediction.spans.size(), 2u);
  EXPECT_EQ(prediction.spans[0].text, "bad");
  EXPECT_EQ(prediction.spans[1].text, "film");
  EXPECT_EQ(prediction.spans[1].begin, 7);
  EXPECT_EQ(prediction.labels.size(), 1u);
  // The other mask stays visible, and with it the special tokens.
  EXPECT_EQ(prediction.text, "[CLS] bad [MASK]. [SEP]");
}

TEST_F(FillMaskTest, TheDatasetsMarkStandsForTheModelsOwnMask) {
  folder_.With("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n<mask>\ngood\nbad\nfilm\n.\n##s\n")
      .With("tokenizer_config.json", R"({"mask_token":"<mask>"})");
  options_.task_options.top_k = 1;
  for (const char* text : {"good [MASK] [MASK] .", "good <mask> <mask> ."}) {
    const auto answer = Predict({text});
    ASSERT_TRUE(answer) << answer.error().message;
    const auto& spans = answer->predictions.at(0).spans;
    ASSERT_EQ(spans.size(), 2u);
    EXPECT_EQ(spans[0].text, "film");
    EXPECT_EQ(spans[0].begin, 5);
    EXPECT_EQ(spans[1].begin, 12);
    EXPECT_EQ(spans[1].end, 18);
  }
}

TEST_F(FillMaskTest, EveryRowOfABatchHasItsOwnMask) {
  options_.task_options.top_k = 1;
  const auto answer = Predict({"good film [MASK] .", "[MASK]"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->predictions[0].spans.at(0).label, ".");     // row 0, column 3
  EXPECT_EQ(answer->predictions[1].spans.at(0).label, "film");  // row 1, column 1
}

TEST_F(FillMaskTest, AMissingMaskIsNamed) {
  EXPECT_THAT(ErrorOf({"[MASK]", "good film"}), HasSubstr("sample 2: no [MASK] in the text"));
  EXPECT_THAT(ErrorOf({""}), HasSubstr("sample 1: no [MASK] in the text"));
  std::string text;
  while (text.size() < 100'000) text += "good film ";
  EXPECT_THAT(ErrorOf({text + "[MASK]"}),
              HasSubstr("no [MASK] in the text (of which the first 8 tokens were read)"));
}

TEST_F(FillMaskTest, ATokenizerWithoutMaskIsRefused) {
  folder_.With("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\n")
      .With("tokenizer_config.json", "{}");
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("the tokenizer has no mask token"));
}

TEST_F(FillMaskTest, AnOutputOfAnotherShapeIsRefused) {
  engine_.whole = [](const auto&) -> Result<std::vector<ScriptedEngine::Output>> {
    return std::vector<ScriptedEngine::Output>{{{1, 10}, std::vector<float>(10)}};
  };
  EXPECT_THAT(ErrorOf({"[MASK]"}), AllOf(HasSubstr("output logits of the graph is [1, 10]"),
                                         HasSubstr("expected [1, 3, 10]")));
  options_.task_options.top_k = 0;
  EXPECT_THAT(ErrorOf({"[MASK]"}), HasSubstr("top_k 0 is no number of tokens"));
}

TEST_F(FillMaskTest, AFailureOfTheEngineWhileRunningIsItsOwnWords) {
  engine_.whole = [](const auto&) -> Result<std::vector<ScriptedEngine::Output>> {
    return Fail(ErrorCode::kEngine, "Non-zero status code while running Gather node");
  };
  const auto answer = Predict({"[MASK]"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kEngine);
  EXPECT_EQ(answer.error().message, "Non-zero status code while running Gather node");
}

TEST_F(FillMaskTest, AnIdWithoutEmbeddingIsRefused) {
  folder_.With("config.json", R"({"vocab_size":7})");
  EXPECT_THAT(ErrorOf({"[MASK]"}), HasSubstr("do not belong together"));
}

TEST_F(FillMaskTest, MoreTokensThanThereAreGivesAll) {
  options_.task_options.top_k = 100;
  const auto answer = Predict({"[MASK]"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->predictions[0].spans.size(), 10u);
}

TEST(CleanSpaces, TakesOutWhatTransformersTakesOut) {
  // tokenization_utils_base.py, clean_up_tokenization, v4.30.2, by hand.
  EXPECT_EQ(CleanSpaces("a . b , c ! d ?"), "a. b, c! d?");
  EXPECT_EQ(CleanSpaces("do n't I 'm it 's we 've they 're"), "don't I'm it's we've they're");
  EXPECT_EQ(CleanSpaces("the dogs ' bowl"), "the dogs'bowl");
  EXPECT_EQ(CleanSpaces(""), "");
}

}  // namespace
}  // namespace permille
