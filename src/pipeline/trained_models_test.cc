// SPDX-License-Identifier: Apache-2.0
// Real, trained models through the real engine. Golden values:
// test/data/golden/classification.json, made by tools/golden/make_classification.py with Python's
// onnxruntime and tokenizers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/json.h"
#include "dataset/dataset.h"
#include "pipeline/model_folder_test.h"
#include "pipeline/pipeline.h"

namespace permille {
namespace {

const std::string kShared = PERMILLE_SOURCE_DIR "/../shared";

class TrainedModelsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kShared + "/models"))
      GTEST_SKIP() << "../shared/models is not here";
    auto engine = MakeOnnxEngine();
    if (!engine) GTEST_SKIP() << "no ONNX Runtime: " << engine.error().message;
    engine_ = std::move(*engine);
    golden_ = *ReadJsonFile(PERMILLE_SOURCE_DIR "/test/data/golden/classification.json");
  }
  std::unique_ptr<Predictor> Load(const std::string& model,
                                  const std::string& task = "text-classification",
                                  const WeightsSource& weights = {}) {
    const auto files = FindModel(model);
    EXPECT_TRUE(files) << files.error().message;
    if (!files) return nullptr;
    PredictorOptions options;
    options.task = task;
    options.engine = engine_.get();
    options.weights = weights;
    options.session.threads = 1;
    options.session.spinning = false;
    EXPECT_TRUE(PreparePredictor(*files, options));
    auto loaded = MakePredictor(*files, options);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? std::move(loaded->predictor) : nullptr;
  }
  static Answer Predict(Predictor& predictor, std::span<const Sample> samples) {
    auto answer = predictor.Predict(samples);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? std::move(*answer) : Answer{};
  }
  static Answer Predict(Predictor& predictor, const std::string& text) {
    Sample sample;
    sample.text = text;
    return Predict(predictor, std::span(&sample, 1));
  }
  /// Softmax over two logits, by the definition.
  static void ExpectProbabilities(const Prediction& prediction, const Json& logits) {
    const double a = logits[0];
    const double b = logits[1];
    ASSERT_EQ(prediction.labels.size(), 2u);
    std::map<std::string, double> scores;
    for (const LabelScore& label : prediction.labels) scores[label.label] = label.score;
    EXPECT_NEAR(scores["NEGATIVE"], 1 / (1 + std::exp(b - a)), 1e-5);
    EXPECT_NEAR(scores["POSITIVE"], 1 / (1 + std::exp(a - b)), 1e-5);
    EXPECT_GE(prediction.labels[0].score, prediction.labels[1].score);
  }
  Dataset Sst2(std::size_t limit = 0) {
    DatasetOptions options;
    options.limit = limit;
    auto dataset = LoadDataset(kShared + "/data/sst2/dev.tsv", "text-classification", options);
    EXPECT_TRUE(dataset) << dataset.error().message;
    return dataset ? std::move(*dataset) : Dataset{};
  }

  std::unique_ptr<TensorEngine> engine_;
  Json golden_;
};

TEST_F(TrainedModelsTest, ProbabilitiesAreThoseOfPython) {
  const auto predictor = Load(kShared + "/models/bert-tiny-sst2");
  ASSERT_TRUE(predictor);
  const Dataset dataset = Sst2();
  const Json& bert = golden_["bert"];
  ASSERT_GE(bert["rows"].size(), 20u);
  for (const Json& row : bert["rows"]) {
    const Sample& sample = dataset.samples.at(row["row"].get<std::size_t>() - 1);
    ExpectProbabilities(Predict(*predictor, std::span(&sample, 1)).predictions.at(0),
                        row["logits"]);
  }
  for (const Json& row : bert["extra"]) {
    ExpectProbabilities(Predict(*predictor, row["text"].get<std::string>()).predictions.at(0),
                        row["logits"]);
  }
  std::vector<Sample> batch;
  for (std::size_t i = 0; i < bert["batch"].size(); ++i) {
    batch.push_back(dataset.samples.at(bert["rows"][i]["row"].get<std::size_t>() - 1));
  }
  const Answer answer = Predict(*predictor, batch);
  for (std::size_t i = 0; i < batch.size(); ++i)
    ExpectProbabilities(answer.predictions.at(i), bert["batch"][i]);
}

TEST_F(TrainedModelsTest, BertTinyIsRightAsOftenAsItsMakersSay) {
  const auto predictor = Load(kShared + "/models/bert-tiny-sst2");
  ASSERT_TRUE(predictor);
  std::size_t right = 0;
  for (const Sample& sample : Sst2().samples) {
    const Answer answer = Predict(*predictor, std::span(&sample, 1));
    const std::string wanted = sample.reference->values[0] == "1" ? "POSITIVE" : "NEGATIVE";
    right += answer.predictions.at(0).labels[0].label == wanted;
  }
  // 79.24 % of 872: models/bert-tiny-sst2/metrics.json, and Python's count.
  EXPECT_EQ(right, 691u);
  EXPECT_EQ(right, golden_["bert"]["right"].get<std::size_t>());
}

std::string NewsYaml() {
  const std::string folder =
      std::filesystem::weakly_canonical(kShared + "/models/whitelightning-news-en");
  return fmt::format(
      "schema: permille.model/1\ntask: text-classification\ngraph: {0}/model.onnx\n"
      "inputs: [{{name: input, from: word_ids, vocab: {0}/vocab.json, length: 30, dtype: int32}}]\n"
      "outputs: [{{name: functional_7, as: probabilities, labels: {0}/labels.json}}]\n",
      folder);
}

TEST_F(TrainedModelsTest, NewsModelReadsHeadlines) {
  ModelFolder folder;
  folder.With("news.yaml", NewsYaml());
  const auto predictor = Load(folder.path("news.yaml"));
  ASSERT_TRUE(predictor);
  for (const Json& row : golden_["news"]) {
    const Answer answer = Predict(*predictor, row["text"].get<std::string>());
    const auto& labels = answer.predictions.at(0).labels;
    ASSERT_EQ(labels.size(), 10u);
    EXPECT_EQ(labels[0].label, row["expected"]) << row["text"];
    const auto scores = row["scores"].get<std::vector<double>>();
    EXPECT_NEAR(labels[0].score, *std::max_element(scores.begin(), scores.end()), 1e-4)
        << row["text"];
  }
}

TEST_F(TrainedModelsTest, ImageModelsRunForTheirEnergy) {
  const std::string models = std::filesystem::weakly_canonical(kShared + "/models");
  ModelFolder folder;
  folder.With(
      "det.yaml",
      fmt::format("schema: permille.model/1\ntask: object-detection\ngraph: {}/fastestdet-coco/"
                  "FastestDet.onnx\ninputs: [{{name: input.1, from: random}}]\n",
                  models));
  folder.With(
      "dit.yaml",
      fmt::format(
          "schema: permille.model/1\ntask: text-to-image\ngraph: {}/dit-mnist/model.onnx\n"
          "inputs:\n  - {{name: zt, from: random, distribution: normal, shape: [1, 1, 32, 32]}}\n"
          "  - {{name: t, from: constant, value: 0.5}}\n  - {{name: cond, from: constant, value: "
          "3}}\n",
          models));
  for (const auto& [file, task] :
       {std::pair("det.yaml", "object-detection"), std::pair("dit.yaml", "text-to-image")}) {
    const auto predictor = Load(folder.path(file), task);
    ASSERT_TRUE(predictor) << file;
    const Answer answer = Predict(*predictor, "");
    EXPECT_TRUE(answer.predictions.at(0).finite) << file;
    EXPECT_TRUE(answer.predictions.at(0).labels.empty()) << file;
    EXPECT_GT(answer.phases.forward.value(), 0) << file;
  }
}

TEST_F(TrainedModelsTest, ATruncatedGraphIsOneLine) {
  ModelFolder folder;
  folder.With("config.json", "{}")
      .With("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n")
      .With("model.onnx", "\x08\x07\x12");
  PredictorOptions options;
  options.task = "text-classification";
  options.engine = engine_.get();
  const auto made = MakePredictor(*FindModel(folder.path()), options);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, testing::HasSubstr("model.onnx"));
  EXPECT_EQ(made.error().message.find('\n'), std::string::npos);
}

TEST_F(TrainedModelsTest, DistilBertRunsWithRandomWeightsOnModelledTokens) {
#ifdef PERMILLE_SANITIZE
  GTEST_SKIP() << "67 million parameters are too many under " PERMILLE_SANITIZE;
#else
  WeightsSource weights;
  weights.kind = WeightsSource::Kind::kRandom;
  weights.seed = 1;
  const auto predictor =
      Load("distilbert-base-uncased-finetuned-sst-2-english", "text-classification", weights);
  ASSERT_TRUE(predictor);
  const auto dataset = LoadDataset("sentences", "text-classification");
  ASSERT_TRUE(dataset) << dataset.error().message;
  const Answer answer = Predict(*predictor, std::span(dataset->samples).first(3));
  for (const Prediction& prediction : answer.predictions) {
    EXPECT_TRUE(prediction.finite);
    EXPECT_EQ(prediction.labels.size(), 2u);
    EXPECT_GT(prediction.input_tokens, 2);
  }
#endif
}

}  // namespace
}  // namespace permille
