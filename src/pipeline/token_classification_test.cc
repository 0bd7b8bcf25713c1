// SPDX-License-Identifier: Apache-2.0
// Golden values: test/data/golden/entities/*/expected.json, made by tools/golden/make_entities.py
// with the token-classification pipeline of transformers 4.30.2.
#include "pipeline/token_classification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/json.h"
#include "pipeline/entity_groups.h"
#include "pipeline/model_folder_test.h"
#include "pipeline/scripted_engine_test.h"

namespace permille {
namespace {

using testing::HasSubstr;

const std::string kGoldens = PERMILLE_SOURCE_DIR "/test/data/golden/entities/";

class TokenClassificationTest : public testing::TestWithParam<std::string> {
 protected:
  TokenClassificationTest() {
    engine_.inputs = {{"input_ids", DType::kInt64, {-1, -1}},
                      {"attention_mask", DType::kInt64, {-1, -1}}};
    engine_.outputs = {{"logits", DType::kFloat32, {-1, -1, 6}}};
    options_.task = "token-classification";
    options_.engine = &engine_;
  }
  /// The tokens of every row get these scores, padding and what lies behind gets zeros.
  void Script(const std::vector<Json>& rows) {
    engine_.whole = [rows](const std::vector<ScriptedEngine::Input>& inputs)
        -> Result<std::vector<ScriptedEngine::Output>> {
      const std::vector<std::int64_t>& shape = inputs[0].shape;
      ScriptedEngine::Output output;
      output.shape = {shape[0], shape[1], 6};
      for (std::size_t row = 0; row < static_cast<std::size_t>(shape[0]); ++row) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(shape[1]); ++i) {
          for (std::size_t k = 0; k < 6; ++k) {
            const bool there = i < rows[row].size();
            output.numbers.push_back(there ? rows[row][i][k].get<float>() : 0.0F);
          }
        }
      }
      return std::vector<ScriptedEngine::Output>{output};
    };
  }
  Result<Answer> Predict(const std::string& folder, const std::vector<std::string>& texts) {
    PERMILLE_ASSIGN(const ModelFiles files, FindModel(folder));
    PERMILLE_ASSIGN(loaded_, MakePredictor(files, options_));
    std::vector<Sample> samples(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) samples[i].text = texts[i];
    return loaded_.predictor->Predict(samples);
  }
  /// The golden folder has no graph; a scripted one needs a file of that name.
  std::string WithGraph(const std::string& kind) {
    for (const char* name : {"config.json", "tokenizer.json", "tokenizer_config.json"}) {
      std::ifstream in(kGoldens + kind + "/" + name);
      folder_.With(name, std::string(std::istreambuf_iterator<char>(in), {}));
    }
    return folder_.With("onnx/model.onnx", "graph").path();
  }
  static void ExpectEntities(const Prediction& prediction, const Json& wanted) {
    ASSERT_EQ(prediction.spans.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const TextSpan& span = prediction.spans[i];
      EXPECT_EQ(span.label, wanted[i]["label"]);
      EXPECT_EQ(span.text, wanted[i]["word"]);
      EXPECT_EQ(span.begin, wanted[i]["start"]);
      EXPECT_EQ(span.end, wanted[i]["end"]);
      EXPECT_NEAR(span.score, wanted[i]["score"].get<double>(), 1e-6);
    }
  }

  ModelFolder folder_;
  ScriptedEngine engine_;
  PredictorOptions options_;
  LoadedPredictor loaded_;
};

TEST_P(TokenClassificationTest, EntitiesAreThoseOfTheReference) {
  const std::string folder = WithGraph(GetParam());
  const Json golden = *ReadJsonFile(kGoldens + GetParam() + "/expected.json");
  ASSERT_GE(golden["cases"].size(), 30u);
  for (const Json& each : golden["cases"]) {
    SCOPED_TRACE(each["aggregation"].get<std::string>() + ": " + each["text"].get<std::string>());
    options_.task_options.aggregation = each["aggregation"];
    Script({each["logits"]});
    const auto answer = Predict(folder, {each["text"]});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->predictions[0].input_tokens, static_cast<std::int64_t>(each["ids"].size()));
    ExpectEntities(answer->predictions[0], each["entities"]);
  }
}

TEST_P(TokenClassificationTest, ABatchGivesWhatEachTextGivesAlone) {
  const std::string folder = WithGraph(GetParam());
  const Json golden = *ReadJsonFile(kGoldens + GetParam() + "/expected.json");
  std::vector<std::string> texts;
  std::vector<Json> logits;
  std::vector<Json> entities;
  for (const Json& each : golden["cases"]) {
    if (each["aggregation"] != "simple") continue;
    texts.push_back(each["text"]);
    logits.push_back(each["logits"]);
    entities.push_back(each["entities"]);
  }
  options_.task_options.aggregation = "simple";
  Script(logits);
  const auto answer = Predict(folder, texts);
  ASSERT_TRUE(answer) << answer.error().message;
  for (std::size_t i = 0; i < texts.size(); ++i)
    ExpectEntities(answer->predictions.at(i), entities[i]);
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, TokenClassificationTest,
                         testing::Values("wordpiece", "metaspace"),
                         [](const auto& info) { return info.param; });

using TokenClassificationFaults = TokenClassificationTest;

TEST_P(TokenClassificationFaults, UnknownAggregationIsNamed) {
  options_.task_options.aggregation = "mean";
  const auto answer = Predict(WithGraph(GetParam()), {"x"});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message,
              HasSubstr("aggregation mean is unknown (there are: none, simple, first"));
}

TEST_P(TokenClassificationFaults, LabelsAndScoresThatDisagreeAreAnError) {
  engine_.outputs[0].shape = {-1, -1, 9};
  auto answer = Predict(WithGraph(GetParam()), {"x"});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("6 labels, but the graph's output logits has 9"));
  engine_.outputs[0].shape = {-1, -1, -1};
  engine_.whole = [](const auto&) -> Result<std::vector<ScriptedEngine::Output>> {
    return std::vector<ScriptedEngine::Output>{{{1, 2, 6}, std::vector<float>(12)}};
  };
  answer = Predict(WithGraph(GetParam()), {"Sarah in Los"});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message,
              HasSubstr("output logits of the graph is [1, 2, 6], expected"));
}

TEST_P(TokenClassificationFaults, NotFiniteIsSaid) {
  engine_.whole = [](const std::vector<ScriptedEngine::Input>& inputs)
      -> Result<std::vector<ScriptedEngine::Output>> {
    const auto& shape = inputs[0].shape;
    return std::vector<ScriptedEngine::Output>{
        {{1, shape[1], 6},
         std::vector<float>(static_cast<std::size_t>(shape[1] * 6),
                            std::numeric_limits<float>::quiet_NaN())}};
  };
  const auto answer = Predict(WithGraph(GetParam()), {"Sarah in Los"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_FALSE(answer->predictions[0].finite);
  EXPECT_TRUE(answer->predictions[0].spans.empty());
}

TEST_P(TokenClassificationFaults, ATextOf100000CharactersIsCutToTheLimit) {
  std::string text;
  while (text.size() < 100'000) text += "Sarah lives in Los Angeles ";
  Script({Json::array()});
  const auto answer = Predict(WithGraph(GetParam()), {text});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->predictions[0].input_tokens, 64);
}

INSTANTIATE_TEST_SUITE_P(Wordpiece, TokenClassificationFaults, testing::Values("wordpiece"));

}  // namespace
}  // namespace permille
