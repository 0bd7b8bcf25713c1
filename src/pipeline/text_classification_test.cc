// SPDX-License-Identifier: Apache-2.0
#include "pipeline/text_classification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pipeline/model_folder_test.h"
#include "pipeline/pipeline.h"
#include "pipeline/scripted_engine_test.h"

namespace permille {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kConfig =
    R"({"id2label":{"0":"NEGATIVE","1":"POSITIVE"},"max_position_embeddings":8,"vocab_size":7})";
constexpr std::string_view kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nbad\nfilm\n";
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// A Hugging Face folder with the vocabulary above: [CLS] 2, [SEP] 3, good 4, bad 5, film 6.
class TextClassificationTest : public testing::Test {
 protected:
  TextClassificationTest() {
    folder_.With("config.json", kConfig)
        .With("vocab.txt", kVocabulary)
        .With("onnx/model.onnx", "graph");
    engine_.inputs = {{"input_ids", DType::kInt64, {-1, -1}},
                      {"attention_mask", DType::kInt64, {-1, -1}}};
    engine_.outputs = {{"logits", DType::kFloat32, {-1, 2}}};
    Answer({0, 1});
    options_.task = "text-classification";
    options_.engine = &engine_;
  }
  /// Every sample gets these scores.
  void Answer(std::vector<float> scores) {
    engine_.graph =
        [scores](const std::vector<ScriptedEngine::Input>& inputs) -> Result<std::vector<float>> {
      std::vector<float> out;
      for (std::int64_t i = 0; i < inputs[0].shape[0]; ++i)
        out.insert(out.end(), scores.begin(), scores.end());
      return out;
    };
  }
  Result<LoadedPredictor> Load() {
    PERMILLE_ASSIGN(const ModelFiles files, FindModel(folder_.path()));
    return MakePredictor(files, options_);
  }
  Result<permille::Answer> Predict(const std::vector<std::string>& texts) {
    PERMILLE_ASSIGN(loaded_, Load());
    std::vector<Sample> samples(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) samples[i].text = texts[i];
    return loaded_.predictor->Predict(samples);
  }
  std::string ErrorOf(const std::vector<std::string>& texts) {
    const auto answer = Predict(texts);
    if (answer) return "no error";
    EXPECT_EQ(answer.error().message.find('\n'), std::string::npos);
    return answer.error().message;
  }
  const ScriptedEngine::Input& Given(std::size_t input) { return engine_.calls.back().at(input); }

  ModelFolder folder_;
  ScriptedEngine engine_;
  PredictorOptions options_;
  LoadedPredictor loaded_;
};

TEST_F(TextClassificationTest, GivesEveryLabelBestFirst) {
  const auto answer = Predict({"good film"});
  ASSERT_TRUE(answer) << answer.error().message;
  const auto& labels = answer->predictions.at(0).labels;
  ASSERT_EQ(labels.size(), 2u);
  EXPECT_EQ(labels[0].label, "POSITIVE");
  // softmax(0, 1) = 1 / (1 + exp(-1)).
  EXPECT_NEAR(labels[0].score, 0.7310585786300049, 1e-12);
  EXPECT_NEAR(labels[1].score, 0.2689414213699951, 1e-12);
  EXPECT_EQ(answer->predictions[0].input_tokens, 4);
  EXPECT_TRUE(answer->predictions[0].finite);
}

TEST_F(TextClassificationTest, SaysWhereInputsAndWeightsComeFrom) {
  const auto loaded = Load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->tokens, "tokenizer");
  EXPECT_EQ(loaded->weights, "trained");
  EXPECT_EQ(loaded->parameters, 42);
  EXPECT_THAT(loaded->predictor->facts(), testing::Contains(testing::Pair("max_tokens", "8")));
}

TEST_F(TextClassificationTest, PadsABatchToItsLongest) {
  ASSERT_TRUE(Predict({"good film", "bad", ""}));
  EXPECT_THAT(Given(0).shape, ElementsAre(3, 4));
  EXPECT_THAT(Given(0).numbers, ElementsAre(2, 4, 6, 3, 2, 5, 3, 0, 2, 3, 0, 0));
  EXPECT_THAT(Given(1).numbers, ElementsAre(1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0));
}

TEST_F(TextClassificationTest, PadsOnTheLeftWhereTheTokenizerSaysSo) {
  folder_.With("tokenizer_config.json", R"({"padding_side":"left"})");
  ASSERT_TRUE(Predict({"good film", "bad"}));
  EXPECT_THAT(Given(0).numbers, ElementsAre(2, 4, 6, 3, 0, 2, 5, 3));
  EXPECT_THAT(Given(1).numbers, ElementsAre(1, 1, 1, 1, 0, 1, 1, 1));
}

TEST_F(TextClassificationTest, BuffersShrinkAgainAfterALongBatch) {
  const auto loaded = Load();
  ASSERT_TRUE(loaded);
  const std::vector<Sample> samples = {{"1", "good good good good", "", "", {}},
                                       {"2", "bad", "", "", {}}};
  ASSERT_TRUE(loaded->predictor->Predict(samples));
  ASSERT_TRUE(loaded->predictor->Predict(std::span(samples).subspan(1)));
  EXPECT_THAT(Given(0).shape, ElementsAre(1, 3));
  EXPECT_THAT(Given(0).numbers, ElementsAre(2, 5, 3));
}

TEST_F(TextClassificationTest, TruncatesToTheShorterLimit) {
  const std::string text = "good bad film good bad film good bad film";
  ASSERT_TRUE(Predict({text}));
  EXPECT_EQ(Given(0).shape.at(1), 8);  // max_position_embeddings
  EXPECT_EQ(Given(0).numbers.back(), 3);
  folder_.With("tokenizer_config.json", R"({"model_max_length":5})");
  ASSERT_TRUE(Predict({text}));
  EXPECT_EQ(Given(0).shape.at(1), 5);
}

TEST_F(TextClassificationTest, RobertaHasFewerPositionsThanItsEmbedding) {
  // transformers, RobertaEmbeddings: positions start at padding_idx + 1.
  folder_.With("config.json",
               R"({"model_type":"roberta","pad_token_id":1,"max_position_embeddings":8})");
  ASSERT_TRUE(Predict({"good bad film good bad film good bad film"}));
  EXPECT_EQ(Given(0).shape.at(1), 6);
  folder_.With("config.json",
               R"({"model_type":"roberta","pad_token_id":7,"max_position_embeddings":8})");
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("pad_token_id: 7 leaves no room among 8 positions"));
}

TEST_F(TextClassificationTest, BuildsOnlyTheInputsTheGraphHas) {
  engine_.inputs = {{"token_type_ids", DType::kInt32, {-1, -1}},
                    {"input_ids", DType::kInt32, {-1, -1}}};
  ASSERT_TRUE(Predict({"good"}));
  ASSERT_EQ(engine_.calls.back().size(), 2u);
  EXPECT_EQ(Given(0).name, "token_type_ids");
  EXPECT_EQ(Given(0).type, DType::kInt32);
  EXPECT_THAT(Given(0).numbers, ElementsAre(0, 0, 0));
  EXPECT_THAT(Given(1).numbers, ElementsAre(2, 4, 3));
}

TEST_F(TextClassificationTest, PadsToTheLengthTheGraphIsFixedAt) {
  engine_.inputs = {{"input_ids", DType::kInt64, {-1, 5}}};
  ASSERT_TRUE(Predict({"good", "good bad film good bad film"}));
  EXPECT_THAT(Given(0).numbers, ElementsAre(2, 4, 3, 0, 0, 2, 4, 5, 6, 3));
  engine_.inputs = {{"input_ids", DType::kInt64, {1, -1}}};
  EXPECT_THAT(ErrorOf({"good", "bad"}), HasSubstr("takes batches of 1, not of 2"));
}

TEST_F(TextClassificationTest, ActivationFollowsTheConfigAsInTransformers) {
  folder_.With("config.json",
               R"({"problem_type":"multi_label_classification","id2label":{"0":"a","1":"b"}})");
  EXPECT_NEAR(Predict({"good"})->predictions[0].labels[1].score, 0.5, 1e-12);  // sigmoid(0)
  folder_.With("config.json", R"({"problem_type":"regression","id2label":{"0":"a","1":"b"}})");
  EXPECT_NEAR(Predict({"good"})->predictions[0].labels[0].score, 1, 1e-12);
  folder_.With("config.json", R"({"num_labels":1})");
  engine_.outputs[0].shape = {-1, 1};
  Answer({0});
  const auto one = Predict({"good"});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->predictions[0].labels.at(0).label, "LABEL_0");
  EXPECT_NEAR(one->predictions[0].labels.at(0).score, 0.5, 1e-12);
}

TEST_F(TextClassificationTest, NotFiniteIsSaidAndLabelsStay) {
  Answer({kNan, 1});
  auto answer = Predict({"good"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_FALSE(answer->predictions[0].finite);
  EXPECT_EQ(answer->predictions[0].labels.at(0).label, "NEGATIVE");
  Answer({1, std::numeric_limits<float>::infinity()});
  EXPECT_FALSE(Predict({"good"})->predictions[0].finite);
}

TEST_F(TextClassificationTest, HugeScoresDoNotOverflow) {
  Answer({-3e38F, 3e38F});
  const auto answer = Predict({"good"});
  EXPECT_TRUE(answer->predictions[0].finite);
  EXPECT_EQ(answer->predictions[0].labels[0].score, 1);
}

TEST_F(TextClassificationTest, LabelsAndScoresThatDisagreeAreAnError) {
  engine_.outputs[0].shape = {-1, 3};
  EXPECT_THAT(ErrorOf({"good"}),
              AllOf(HasSubstr("config.json: 2 labels"), HasSubstr("has 3 scores")));
  engine_.outputs[0].shape = {-1, -1};
  Answer({1, 2, 3});
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("holds 3 numbers for 1 samples"));
}

TEST_F(TextClassificationTest, BrokenConfigIsNamed) {
  folder_.With("config.json", "GARBAGE{");
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("config.json: not JSON"));
  folder_.With("config.json", R"({"id2label":{"0":"a","2":"b"}})");
  EXPECT_THAT(ErrorOf({"good"}),
              HasSubstr("config.json: id2label.1: missing; ids must run from 0 to 1"));
  folder_.With("config.json", R"({"id2label":{}})");
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("id2label: no labels"));
  folder_.With("config.json", R"({"max_position_embeddings":"many"})");
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("max_position_embeddings: expected a whole number"));
  folder_.With("config.json", R"({"num_labels":99999999999})");
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("num_labels: 99999999999 is out of range"));
}

TEST_F(TextClassificationTest, ATokenizerThatIsNotOneIsNamed) {
  folder_.With("tokenizer.json", R"({"_name_or_path":"x"})");
  EXPECT_THAT(ErrorOf({"good"}),
              HasSubstr("tokenizer.json: not a tokenizer: it has no field `model`"));
}

TEST_F(TextClassificationTest, VocabularyLargerThanTheModelIsAnError) {
  folder_.With("config.json", R"({"vocab_size":5})");
  EXPECT_THAT(ErrorOf({"good"}), AllOf(HasSubstr("ids up to 6"), HasSubstr("vocab_size is 5"),
                                       HasSubstr("do not belong together")));
}

TEST_F(TextClassificationTest, AnEngineErrorOnUnknownVocabularySuggestsTheCause) {
  folder_.With("config.json", R"({"num_labels":2})");
  engine_.graph = [](const auto&) -> Result<std::vector<float>> {
    return Fail(ErrorCode::kEngine, "Gather: indices element out of data bounds");
  };
  EXPECT_THAT(ErrorOf({"good"}),
              HasSubstr("out of data bounds (do vocabulary and model belong together?)"));
}

TEST_F(TextClassificationTest, InputsThatNobodyFillsAreNamed) {
  engine_.inputs.push_back({"pixel_values", DType::kFloat32, {-1, 3, 224, 224}});
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("input pixel_values of the graph is none"));
  engine_.inputs = {{"input_ids", DType::kFloat32, {-1, -1}}};
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("ids are int64 or int32"));
  engine_.inputs = {{"input_ids", DType::kInt64, {-1}}};
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("is [?]; ids are [batch, length]"));
}

TEST_F(TextClassificationTest, ScoresThatAreNoFloatsAreAnError) {
  engine_.outputs = {{"label", DType::kInt64, {-1}}};
  EXPECT_THAT(ErrorOf({"good"}), HasSubstr("output label of the graph is int64"));
}

TEST_F(TextClassificationTest, PhasesAreStampedOnTheClockGiven) {
  const auto clock = MakeVirtualClock();
  options_.clock = clock.get();
  engine_.graph = [&clock](const auto&) -> Result<std::vector<float>> {
    clock->SleepFor(Seconds(0.007));
    return std::vector<float>{0, 1};
  };
  const auto answer = Predict({"good"});
  ASSERT_TRUE(answer);
  EXPECT_DOUBLE_EQ(answer->phases.forward.value(), 0.007);
  EXPECT_DOUBLE_EQ(answer->phases.preprocess.value(), 0);
  EXPECT_DOUBLE_EQ(answer->phases.postprocess.value(), 0);
}

TEST_F(TextClassificationTest, AnEmptyBatchIsNoCall) {
  const auto answer = Predict({});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->predictions.empty());
  EXPECT_TRUE(engine_.calls.empty());
}

TEST(HfLayout, GraphIsLookedForInOrder) {
  ModelFolder folder;
  folder.With("config.json", kConfig);
  EXPECT_THAT(FindModel(folder.path()).error().message,
              HasSubstr("no graph: looked for onnx/*.onnx and *.onnx"));
  const auto graph = [&folder] { return FindModel(folder.path())->graph; };
  folder.With("onnx/model_quantized.onnx", "b").With("onnx/model_fp16.onnx", "b");
  EXPECT_EQ(graph(), folder.path("onnx/model_fp16.onnx"));
  folder.With("model.onnx", "c");
  EXPECT_EQ(graph(), folder.path("model.onnx"));
  const std::string before = FindModel(folder.path())->revision;
  folder.With("onnx/model.onnx", "a");
  EXPECT_EQ(graph(), folder.path("onnx/model.onnx"));
  EXPECT_NE(FindModel(folder.path())->revision, before);
  EXPECT_EQ(FindModel(folder.path())->id, std::filesystem::path(folder.path()).filename().string());
  EXPECT_EQ(FindModel(folder.path() + "/")->id, FindModel(folder.path())->id);
}

TEST(FindModel, SaysWhatItLookedFor) {
  const auto unknown = FindModel("distilbert-base-uncased-finetuned-sst-2-englich");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(unknown.error().message,
              AllOf(HasSubstr("neither a folder in Hugging Face layout"),
                    HasSubstr("did you mean 'distilbert-base-uncased-finetuned-sst-2-english'?")));
  ModelFolder folder;
  EXPECT_THAT(FindModel(folder.path()).error().message, HasSubstr("neither config.json"));
  folder.With("graph.onnx", "x");
  EXPECT_THAT(FindModel(folder.path("graph.onnx")).error().message,
              HasSubstr("a YAML that describes"));
}

TEST(MakePredictor, UnknownTaskListsThoseThereAre) {
  ModelFolder folder;
  folder.With("config.json", kConfig).With("model.onnx", "x");
  PredictorOptions options;
  options.task = "poetry";
  const auto made = MakePredictor(*FindModel(folder.path()), options);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(made.error().message,
              AllOf(HasSubstr("task poetry has no pipeline"), HasSubstr("text-classification, ")));
}

}  // namespace
}  // namespace permille
