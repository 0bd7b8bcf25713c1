// SPDX-License-Identifier: Apache-2.0
#include "pipeline/plain_onnx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "pipeline/model_folder_test.h"
#include "pipeline/scripted_engine_test.h"

namespace permille {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

class PlainOnnxTest : public testing::Test {
 protected:
  PlainOnnxTest() {
    folder_.With("graph.onnx", "graph").With("vocab.json", R"({"oil":2,"cup":3})");
    engine_.outputs = {{"scores", DType::kFloat32, {-1, 2}}};
    engine_.graph = [](const auto& inputs) -> Result<std::vector<float>> {
      std::vector<float> out;
      for (std::int64_t i = 0; i < inputs[0].shape[0]; ++i) out.insert(out.end(), {0.25F, 0.75F});
      return out;
    };
    options_.engine = &engine_;
  }
  Result<LoadedPredictor> Load(std::string_view task, std::string_view yaml) {
    folder_.With(
        "model.yaml",
        fmt::format("schema: permille.model/1\ntask: {}\ngraph: graph.onnx\n{}", task, yaml));
    PERMILLE_ASSIGN(const ModelFiles files, FindModel(folder_.path("model.yaml")));
    options_.task = task;
    return MakePredictor(files, options_);
  }
  Result<Answer> Predict(std::string_view task, std::string_view yaml,
                         const std::vector<std::string>& texts) {
    PERMILLE_ASSIGN(loaded_, Load(task, yaml));
    std::vector<Sample> samples(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) samples[i].text = texts[i];
    return loaded_.predictor->Predict(samples);
  }
  std::string ErrorOf(std::string_view yaml, std::string_view task = "text-classification") {
    const auto answer = Predict(task, yaml, {"oil"});
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

constexpr std::string_view kWords = R"(
inputs:
  - {name: input, from: word_ids, vocab: vocab.json, length: 4, dtype: int32}
outputs:
  - {name: scores, as: probabilities, labels: [Business, Sports]}
)";

TEST_F(PlainOnnxTest, WordIdsGoInAndProbabilitiesComeOut) {
  engine_.inputs = {{"input", DType::kInt32, {-1, 4}}};
  const auto answer = Predict("text-classification", kWords, {"Oil, oil and cup!", "cup"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(Given(0).shape, ElementsAre(2, 4));
  EXPECT_THAT(Given(0).numbers, ElementsAre(2, 2, 1, 3, 3, 0, 0, 0));
  EXPECT_EQ(answer->predictions[0].labels[0].label, "Sports");
  EXPECT_EQ(answer->predictions[0].labels[0].score, 0.75);
  EXPECT_EQ(answer->predictions[0].input_tokens, 4);
  EXPECT_EQ(answer->predictions[1].input_tokens, 1);
  EXPECT_EQ(loaded_.tokens, "tokenizer");
}

TEST_F(PlainOnnxTest, LabelsComeFromAFileToo) {
  engine_.inputs = {{"input", DType::kInt64, {-1, 4}}};
  folder_.With("labels.json", R"({"0":"a","1":"b"})");
  constexpr std::string_view kYaml = R"(
inputs: [{name: input, from: word_ids, vocab: vocab.json, length: 4}]
outputs: [{name: scores, as: logits, activation: sigmoid, labels: labels.json}]
)";
  auto answer = Predict("text-classification", kYaml, {"oil"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->predictions[0].labels[0].label, "b");
  EXPECT_NEAR(answer->predictions[0].labels[0].score, 0.679178699175393,
              1e-12);  // 1 / (1 + exp(-0.75))
  folder_.With("labels.json", R"(["c","d"])");
  EXPECT_EQ(Predict("text-classification", kYaml, {"oil"})->predictions[0].labels[0].label, "d");
}

constexpr std::string_view kImage = R"(
inputs:
  - {name: image, from: random, seed: 7, shape: [1, 3, 4, 4]}
  - {name: t, from: constant, value: 0.5}
  - {name: cond, from: zeros}
outputs:
  - {name: scores, as: raw}
)";

TEST_F(PlainOnnxTest, MadeUpInputsRunAnyGraphForItsEnergy) {
  engine_.inputs = {{"image", DType::kFloat32, {1, 3, -1, -1}},
                    {"t", DType::kFloat32, {-1}},
                    {"cond", DType::kInt64, {-1}}};
  const auto answer = Predict("object-detection", kImage, {""});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->predictions.at(0).labels.empty());
  EXPECT_TRUE(answer->predictions.at(0).finite);
  EXPECT_EQ(loaded_.tokens, "");
  EXPECT_THAT(Given(0).shape, ElementsAre(1, 3, 4, 4));
  EXPECT_THAT(Given(0).numbers,
              AllOf(SizeIs(48), Each(testing::AllOf(testing::Ge(0), testing::Lt(1)))));
  EXPECT_NE(Given(0).numbers[0], Given(0).numbers[1]);
  EXPECT_THAT(Given(1).numbers, ElementsAre(0.5));
  EXPECT_THAT(Given(2).numbers, ElementsAre(0));
  const auto first = Given(0).numbers;
  ASSERT_TRUE(Predict("object-detection", kImage, {""}));
  EXPECT_EQ(Given(0).numbers, first) << "the same seed gives the same numbers";
}

TEST_F(PlainOnnxTest, ABatchRepeatsMadeUpInputsWhereTheGraphLetsIt) {
  engine_.inputs = {{"zt", DType::kFloat32, {-1, 2}}};
  constexpr std::string_view kYaml =
      "inputs: [{name: zt, from: random, distribution: normal, shape: [1, 2]}]\n";
  ASSERT_TRUE(Predict("text-to-image", kYaml, {"", "", ""}));
  EXPECT_THAT(Given(0).shape, ElementsAre(3, 2));
  EXPECT_THAT(Given(0).numbers, SizeIs(6));
  engine_.inputs = {{"zt", DType::kFloat32, {1, 2}}};
  const auto answer = Predict("text-to-image", kYaml, {"", ""});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("takes one sample at a time, not a batch of 2"));
}

TEST_F(PlainOnnxTest, RawOutputsAreCheckedToBeFinite) {
  engine_.inputs = {{"x", DType::kFloat32, {2}}};
  engine_.graph = [](const auto&) -> Result<std::vector<float>> {
    return std::vector<float>{1, std::numeric_limits<float>::quiet_NaN(), 2};
  };
  const auto answer = Predict("object-detection", "inputs: [{name: x, from: zeros}]\n", {""});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_FALSE(answer->predictions[0].finite);
}

constexpr std::string_view kStandIn = R"(
weightless: true
config: {id2label: {0: NEGATIVE, 1: POSITIVE}, max_position_embeddings: 6}
tokens: {stand_in: wordpiece-en, vocab_size: 30522, cls: 101, sep: 102, pad: 0, unk: 100}
)";

TEST_F(PlainOnnxTest, AWeightlessModelRunsOnStandInTokens) {
  engine_.inputs = {{"input_ids", DType::kInt64, {-1, -1}},
                    {"attention_mask", DType::kInt64, {-1, -1}}};
  options_.weights.kind = WeightsSource::Kind::kRandom;
  const auto answer = Predict("text-classification", kStandIn, {"the film is not so bad", "no"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(loaded_.tokens, "modelled");
  EXPECT_EQ(loaded_.weights, "random");
  EXPECT_THAT(loaded_.predictor->facts(), Contains(Pair("tokens_table", "wordpiece-en")));
  EXPECT_THAT(Given(0).shape, ElementsAre(2, 6));
  EXPECT_EQ(Given(0).numbers[0], 101);
  EXPECT_EQ(Given(0).numbers[5], 102);
  EXPECT_EQ(answer->predictions[1].input_tokens, 3);
  EXPECT_EQ(answer->predictions[0].labels[0].label, "POSITIVE");
}

TEST_F(PlainOnnxTest, TasksOnTextRunOnStandInTokens) {
  options_.weights.kind = WeightsSource::Kind::kRandom;
  engine_.inputs = {{"input_ids", DType::kInt64, {-1, -1}}};
  const auto give = [this](std::size_t outputs, std::int64_t depth) {
    engine_.whole = [outputs, depth](const std::vector<ScriptedEngine::Input>& inputs)
        -> Result<std::vector<ScriptedEngine::Output>> {
      ScriptedEngine::Output one{inputs[0].shape, {}};
      if (depth > 0) one.shape.push_back(depth);
      std::int64_t size = 1;
      for (const std::int64_t d : one.shape) size *= d;
      one.numbers.assign(static_cast<std::size_t>(size), 0.5F);
      return std::vector<ScriptedEngine::Output>(outputs, one);
    };
  };
  std::string yaml(kStandIn);
  engine_.outputs = {{"logits", DType::kFloat32, {-1, -1, 2}}};
  give(1, 2);
  auto answer = Predict("token-classification", yaml, {"Ann is in Rome"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->predictions[0].spans.size(), 4u);
  engine_.outputs[0].shape[2] = 9;
  give(1, 9);
  answer = Predict("fill-mask", yaml, {"Ann is in [MASK] ."});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->predictions[0].spans.size(), 5u);
  engine_.outputs = {{"start_logits", DType::kFloat32, {-1, -1}},
                     {"end_logits", DType::kFloat32, {-1, -1}}};
  give(2, 0);
  options_.task_options.doc_stride = 1;
  const auto loaded = Load("question-answering", yaml);
  ASSERT_TRUE(loaded) << loaded.error().message;
  Sample sample;
  sample.text = "who";
  sample.context = "it was Ann or Bob who was in Rome";
  answer = loaded->predictor->Predict(std::span(&sample, 1));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->predictions[0].finite);
}

TEST_F(PlainOnnxTest, ATokenizerBesideTrainedWeightsReplacesTheStandIn) {
  engine_.inputs = {{"input_ids", DType::kInt64, {-1, -1}}};
  folder_.With("weights/vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nfilm\n");
  options_.weights.kind = WeightsSource::Kind::kSafetensors;
  options_.weights.path = folder_.path("weights/model.safetensors");
  const auto answer = Predict("text-classification", kStandIn, {"film"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(loaded_.tokens, "tokenizer");
  EXPECT_EQ(loaded_.weights, "trained");
  EXPECT_THAT(Given(0).numbers, ElementsAre(2, 4, 3));
}

TEST_F(PlainOnnxTest, AWeightlessModelWithoutWeightsSaysHowToGetThem) {
  EXPECT_THAT(ErrorOf(kStandIn), HasSubstr("give --weights random, or --weights FILE.safetensors"));
}

TEST_F(PlainOnnxTest, RandomWeightsArePreparedOnTheEngineGiven) {
  folder_.With(
      "model.yaml",
      fmt::format("schema: permille.model/1\ntask: text-classification\ngraph: graph.onnx\n{}",
                  kStandIn));
  // Weights are checked against the graph before any engine sees them.
  folder_.With("graph.onnx", *ReadFile(PERMILLE_SOURCE_DIR "/test/data/onnx/tied.onnx"));
  const auto files = FindModel(folder_.path("model.yaml"));
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_TRUE(PreparePredictor(*files, options_));
  EXPECT_EQ(engine_.prepared, 0);
  options_.weights.kind = WeightsSource::Kind::kRandom;
  ASSERT_TRUE(PreparePredictor(*files, options_));
  EXPECT_EQ(engine_.prepared, 1);
  options_.engine = nullptr;
  EXPECT_TRUE(PreparePredictor(*files, options_));
}

TEST_F(PlainOnnxTest, TheTaskMustBeTheModels) {
  engine_.inputs = {{"input", DType::kInt32, {-1, 4}}};
  ASSERT_TRUE(Load("text-classification", kWords));
  options_.task = "summarization";
  const auto made = MakePredictor(*FindModel(folder_.path("model.yaml")), options_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message,
              HasSubstr("is a model for text-classification, not for summarization"));
}

TEST_F(PlainOnnxTest, RevisionFollowsWhatDecidesAndNotTheComments) {
  engine_.inputs = {{"input", DType::kInt32, {-1, 4}}};
  const auto revision = [this](std::string_view yaml) {
    EXPECT_TRUE(Load("text-classification", yaml));
    return FindModel(folder_.path("model.yaml"))->revision;
  };
  const std::string before = revision(kWords);
  EXPECT_EQ(revision(std::string(kWords) + "# a comment\nsource: somewhere\n"), before);
  EXPECT_NE(revision(R"(
inputs: [{name: input, from: word_ids, vocab: vocab.json, length: 4, lower: false}]
outputs: [{name: scores, as: probabilities, labels: [Business, Sports]}]
)"),
            before);
}

TEST_F(PlainOnnxTest, WrongInputsAreNamed) {
  engine_.inputs = {{"input", DType::kInt64, {-1, 4}}};
  EXPECT_THAT(ErrorOf(kWords), HasSubstr("input input is stated as int32, the graph wants int64"));
  engine_.inputs = {{"ids", DType::kInt32, {-1, 4}}};
  EXPECT_THAT(ErrorOf(kWords), HasSubstr("the graph has no input input (it has: ids)"));
  engine_.inputs = {{"input", DType::kInt32, {-1, 4}}, {"more", DType::kFloat32, {1}}};
  EXPECT_THAT(ErrorOf(kWords), HasSubstr("input more of the graph is described 0 times"));
  engine_.inputs = {{"input", DType::kInt32, {-1, 30}}};
  EXPECT_THAT(ErrorOf(kWords), HasSubstr("has length 4, the graph wants 30"));
  engine_.inputs = {{"x", DType::kFloat32, {1, 3, 8}}};
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: random, shape: [1, 3, 9]}]\n"),
              HasSubstr("shape [1, 3, 9] does not fit the graph's [1, 3, 8]"));
  engine_.inputs = {{"x", DType::kFloat32, {1, -1}}};
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: random}]\n"),
              HasSubstr("does not fit the graph's [1, ?]"));
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: random, shape: [1, 9999999999]}]\n"),
              HasSubstr("does not fit"));
  engine_.inputs = {{"x", DType::kInt32, {1}}};
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: constant, value: 5.0e+9}]\n"),
              HasSubstr("out of range for int32"));
}

TEST_F(PlainOnnxTest, WrongYamlIsNamedByField) {
  engine_.inputs = {{"x", DType::kFloat32, {1}}};
  EXPECT_THAT(ErrorOf(""), HasSubstr("neither `inputs` nor `config`"));
  EXPECT_THAT(ErrorOf("inputs: 7\n"), HasSubstr("model.yaml: inputs: expected a list, found 7"));
  EXPECT_THAT(ErrorOf("inputs: []\n"), HasSubstr("inputs: no inputs"));
  EXPECT_THAT(ErrorOf("inputs: [{from: zeros}]\n"), HasSubstr("inputs[0].name: expected a string"));
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: thin air}]\n"),
              HasSubstr("inputs[0].from: thin air is none of"));
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: constant}]\n"),
              HasSubstr("inputs[0].value: expected a number"));
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: zeros, dtype: float}]\n"),
              HasSubstr("inputs[0].dtype: no type float"));
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: random, shape: [0]}]\n"),
              HasSubstr("shape[0]: 0 is not positive"));
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: word_ids, vocab: none.json, length: 3}]\n"),
              HasSubstr("none.json"));
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: word_ids, vocab: vocab.json, length: 0}]\n"),
              HasSubstr("length 0"));
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: zeros}]\noutputs: [{name: y, as: scores}]\n"),
              HasSubstr("outputs[0].as: scores is none of"));
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: zeros}]\noutputs: [{name: y, as: logits}]\n"),
              HasSubstr("outputs[0].labels: expected a list, found nothing"));
  EXPECT_THAT(
      ErrorOf(
          "inputs: [{name: x, from: zeros}]\noutputs: [{name: y, as: logits, labels: [a, b]}]\n"),
      HasSubstr("the graph has no output y (it has: scores)"));
  EXPECT_THAT(ErrorOf("inputs: [{name: x, from: token_ids}]\n"),
              HasSubstr("tokens: expected an object"));
  EXPECT_THAT(ErrorOf("config: {}\ntokens: {stand_in: wordpiece-xx}\n"),
              HasSubstr("tokens.stand_in: no table"));
  EXPECT_THAT(ErrorOf("config: {}\ntokens: {stand_in: ../x}\n"), HasSubstr("named without folder"));
}

TEST_F(PlainOnnxTest, YamlThatExpandsWithoutEndIsRefused) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    yaml += fmt::format(
        "a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i,
        i - 1);
  }
  EXPECT_THAT(ErrorOf(yaml), HasSubstr("too large or too deep"));
}

}  // namespace
}  // namespace permille
