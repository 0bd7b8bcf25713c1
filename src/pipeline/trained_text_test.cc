// SPDX-License-Identifier: Apache-2.0
// Real, trained models against the pipelines of transformers 4.30.2. Golden values:
// test/data/golden/text_tasks.json, made by tools/golden/make_text_tasks.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "pipeline/model_folder_test.h"
#include "pipeline/pipeline.h"

namespace permille {
namespace {

const std::string kShared = PERMILLE_SOURCE_DIR "/../shared";

class TrainedTextTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kShared + "/models"))
      GTEST_SKIP() << "../shared/models is not here";
    auto engine = MakeOnnxEngine();
    if (!engine) GTEST_SKIP() << "no ONNX Runtime: " << engine.error().message;
    engine_ = std::move(*engine);
    golden_ = *ReadJsonFile(PERMILLE_SOURCE_DIR "/test/data/golden/text_tasks.json");
  }
  Result<Answer> Predict(const std::string& model, PredictorOptions options,
                         const std::vector<Sample>& samples) {
    PERMILLE_ASSIGN(const ModelFiles files, FindModel(kShared + "/models/" + model));
    options.engine = engine_.get();
    options.session.threads = 1;
    options.session.spinning = false;
    PERMILLE_ASSIGN(loaded_, MakePredictor(files, options));
    return loaded_.predictor->Predict(samples);
  }
  static Sample Question(const Json& each) {
    Sample sample;
    sample.text = each["question"];
    sample.context = each["context"];
    return sample;
  }
  static void ExpectAnswers(const Prediction& prediction, const Json& wanted) {
    ASSERT_EQ(prediction.spans.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const TextSpan& span = prediction.spans[i];
      EXPECT_EQ(span.text, wanted[i]["answer"]);
      EXPECT_EQ(span.begin, wanted[i]["start"]);
      EXPECT_EQ(span.end, wanted[i]["end"]);
      EXPECT_NEAR(span.score, wanted[i]["score"].get<double>(), 1e-5);
    }
  }
  static void ExpectTokens(std::span<const TextSpan> spans, const Json& wanted) {
    ASSERT_EQ(spans.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(spans[i].text, wanted[i]["token_str"]);
      EXPECT_NEAR(spans[i].score, wanted[i]["score"].get<double>(), 1e-5);
    }
  }

  std::unique_ptr<TensorEngine> engine_;
  LoadedPredictor loaded_;
  Json golden_;
};

TEST_F(TrainedTextTest, AnswersToQuestionsAreThoseOfTheReference) {
  ASSERT_GE(golden_["questions"].size(), 30u);
  for (const Json& each : golden_["questions"]) {
    SCOPED_TRACE(each["question"].get<std::string>() + each["options"].dump());
    PredictorOptions options;
    options.task = "question-answering";
    const Json& given = each["options"];
    TaskOptions& task = options.task_options;
    if (given.contains("top_k")) task.top_k = given["top_k"].get<std::int64_t>();
    if (given.contains("doc_stride")) task.doc_stride = given["doc_stride"].get<std::int64_t>();
    if (given.contains("max_answer_len"))
      task.max_answer_tokens = given["max_answer_len"].get<std::int64_t>();
    task.no_answer = given.value("handle_impossible_answer", false);
    const auto answer = Predict("bert-tiny-qa", options, {Question(each)});
    ASSERT_TRUE(answer) << answer.error().message;
    ExpectAnswers(answer->predictions.at(0), each["answers"]);
  }
}

TEST_F(TrainedTextTest, BatchesOfQuestionsAreThoseOfTheReference) {
  for (const Json& each : golden_["batches"]) {
    std::vector<Sample> samples;
    for (const Json& index : each["cases"])
      samples.push_back(Question(golden_["questions"][index.get<std::size_t>()]));
    PredictorOptions options;
    options.task = "question-answering";
    const auto answer = Predict("bert-tiny-qa", options, samples);
    ASSERT_TRUE(answer) << answer.error().message;
    for (std::size_t i = 0; i < samples.size(); ++i)
      ExpectAnswers(answer->predictions.at(i), each["answers"][i]);
  }
}

TEST_F(TrainedTextTest, FilledMasksAreThoseOfTheReference) {
  ASSERT_GE(golden_["masked"].size(), 10u);
  PredictorOptions options;
  options.task = "fill-mask";
  for (const Json& each : golden_["masked"]) {
    SCOPED_TRACE(each["text"].get<std::string>());
    const auto top_k = each["top_k"].get<std::size_t>();
    options.task_options.top_k = static_cast<std::int64_t>(top_k);
    Sample sample;
    sample.text = each["text"];
    const auto answer = Predict("bert-tiny-mlm", options, {sample});
    ASSERT_TRUE(answer) << answer.error().message;
    const Prediction& prediction = answer->predictions.at(0);
    ASSERT_EQ(prediction.spans.size(), top_k * each["masks"].size());
    for (std::size_t mask = 0; mask < each["masks"].size(); ++mask) {
      ExpectTokens(std::span(prediction.spans).subspan(mask * top_k, top_k), each["masks"][mask]);
    }
    EXPECT_EQ(prediction.text, each["masks"][0][0]["sequence"]);
  }
}

TEST_F(TrainedTextTest, ABatchOfMasksIsThatOfTheReference) {
  const Json& batch = golden_["masked_batch"];
  std::vector<Sample> samples;
  for (const Json& text : batch["texts"]) samples.emplace_back().text = text;
  PredictorOptions options;
  options.task = "fill-mask";
  const auto answer = Predict("bert-tiny-mlm", options, samples);
  ASSERT_TRUE(answer) << answer.error().message;
  for (std::size_t i = 0; i < samples.size(); ++i)
    ExpectTokens(answer->predictions.at(i).spans, batch["answers"][i]);
}

}  // namespace
}  // namespace permille
