// SPDX-License-Identifier: Apache-2.0
// Tiny models of every text encoder of the study against the pipelines of transformers 4.30.2:
// test/data/golden/models/*/expected.json, made by tools/golden/make_models.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/json.h"
#include "pipeline/hf_layout.h"
#include "pipeline/model_folder_test.h"
#include "pipeline/pipeline.h"

namespace permille {
namespace {

namespace fs = std::filesystem;
const std::string kGoldens = PERMILLE_SOURCE_DIR "/test/data/golden/models";
constexpr double kRelative = 1e-4;

const std::set<std::string> kTextTasks = {"text-classification", "token-classification",
                                          "question-answering", "fill-mask"};

/// The folders that hold a case of one of the text tasks.
std::vector<std::string> TextModels() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(kGoldens, error)) {
    const auto golden = ReadJsonFile(entry.path() / "expected.json");
    if (!golden || !golden->contains("cases")) continue;
    const Json& cases = (*golden)["cases"];
    const bool text = std::any_of(cases.begin(), cases.end(), [](const Json& each) {
      return kTextTasks.contains(each["task"].get<std::string>());
    });
    if (text) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class TextModelGoldens : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto engine = MakeOnnxEngine();
    if (!engine) GTEST_SKIP() << "no ONNX Runtime: " << engine.error().message;
    engine_ = std::move(*engine);
    golden_ = *ReadJsonFile(folder() + "/expected.json");
    session_.threads = 1;
    session_.spinning = false;
  }
  std::string folder() const { return kGoldens + "/" + GetParam(); }

  std::unique_ptr<TensorEngine> engine_;
  SessionOptions session_;
  Json golden_;
};

/// The bytes of a tensor that the golden file states.
std::vector<std::byte> BytesOf(const Json& tensor) {
  std::vector<std::byte> bytes;
  const auto append = [&bytes](const auto& value) {
    const auto* const from = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof(value));
  };
  for (const Json& number : tensor["data"]) {
    if (tensor["dtype"] == "int64") {
      append(number.get<std::int64_t>());
    } else {
      append(number.get<float>());
    }
  }
  return bytes;
}

void ExpectTensor(const TensorOutput& output, const Json& wanted) {
  ASSERT_EQ(Json(output.shape), wanted["shape"]);
  const auto numbers = output.as<float>();
  ASSERT_EQ(numbers.size(), wanted["data"].size());
  double largest = 0;
  double furthest = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto truth = wanted["data"][i].get<double>();
    largest = std::max(largest, std::abs(truth));
    furthest = std::max(furthest, std::abs(numbers[i] - truth));
  }
  EXPECT_LE(furthest, kRelative * largest) << output.name;
}

TEST_P(TextModelGoldens, LogitsAreThoseOfTheReference) {
  const auto graphs = FindHfGraphs(folder());
  ASSERT_TRUE(graphs) << graphs.error().message;
  const std::string& graph = MainGraph(*graphs);
  const auto weights = PartWeights(graph, {});
  ASSERT_TRUE(weights) << weights.error().message;
  auto session = engine_->Load(graph, *weights, session_);
  ASSERT_TRUE(session) << session.error().message;
  int compared = 0;
  for (const Json& each : golden_["cases"]) {
    if (each["task"] != "raw") continue;
    std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<std::byte>>> given;
    for (const auto& [name, tensor] : each["inputs"].items()) {
      given[name] = {tensor["shape"].get<std::vector<std::int64_t>>(), BytesOf(tensor)};
    }
    std::vector<TensorView> views;
    for (const TensorInfo& input : (*session)->inputs()) {
      ASSERT_TRUE(given.contains(input.name)) << input.name;
      const auto& [shape, bytes] = given[input.name];
      views.push_back({input.name, DType::kInt64, shape, bytes});
    }
    const auto outputs = (*session)->Run(views);
    ASSERT_TRUE(outputs) << outputs.error().message;
    for (const TensorOutput& output : *outputs) {
      if (!each["outputs"].contains(std::string(output.name))) continue;
      ExpectTensor(output, each["outputs"][std::string(output.name)]);
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
}

PredictorOptions OptionsOf(const Json& each) {
  PredictorOptions options;
  options.task = each["task"];
  const Json& given = each["options"];
  TaskOptions& task = options.task_options;
  const auto integer = [&given](const char* name, std::optional<std::int64_t>& field) {
    if (given.contains(name) && !given[name].is_null()) field = given[name].get<std::int64_t>();
  };
  integer("top_k", task.top_k);
  integer("max_answer_len", task.max_answer_tokens);
  integer("doc_stride", task.doc_stride);
  integer("max_seq_len", task.max_seq_len);
  if (given.contains("aggregation")) task.aggregation = given["aggregation"];
  task.no_answer = given.value("handle_impossible_answer", false);
  return options;
}

void ExpectScore(double score, const Json& wanted) {
  EXPECT_NEAR(score, wanted.get<double>(), 2e-5 + kRelative * std::abs(wanted.get<double>()));
}

/// The pipelines give one object instead of a list of one.
std::vector<Json> Listed(const Json& answers) {
  return answers.is_array() ? answers.get<std::vector<Json>>() : std::vector<Json>{answers};
}

void ExpectLabels(const Prediction& prediction, const Json& wanted) {
  ASSERT_EQ(prediction.labels.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(prediction.labels[i].label, wanted[i]["label"]);
    ExpectScore(prediction.labels[i].score, wanted[i]["score"]);
  }
}

void ExpectEntities(const Prediction& prediction, const Json& wanted) {
  ASSERT_EQ(prediction.spans.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const TextSpan& span = prediction.spans[i];
    const char* const key = wanted[i].contains("entity") ? "entity" : "entity_group";
    EXPECT_EQ(span.label, wanted[i][key]);
    EXPECT_EQ(span.text, wanted[i]["word"]);
    EXPECT_EQ(span.begin, wanted[i]["start"]);
    EXPECT_EQ(span.end, wanted[i]["end"]);
    ExpectScore(span.score, wanted[i]["score"]);
  }
}

void ExpectAnswers(const Prediction& prediction, const Json& answers) {
  const std::vector<Json> wanted = Listed(answers);
  ASSERT_EQ(prediction.spans.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const TextSpan& span = prediction.spans[i];
    EXPECT_EQ(span.text, wanted[i]["answer"]);
    EXPECT_EQ(span.begin, wanted[i]["start"]);
    EXPECT_EQ(span.end, wanted[i]["end"]);
    ExpectScore(span.score, wanted[i]["score"]);
  }
}

void ExpectFillings(const Prediction& prediction, const Json& answers) {
  // One mask: a list of tokens. Several: a list of such lists.
  const bool several = answers.at(0).is_array();
  std::vector<Json> wanted;
  for (const Json& mask : several ? answers : Json::array({answers})) {
    wanted.insert(wanted.end(), mask.begin(), mask.end());
  }
  ASSERT_EQ(prediction.spans.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(prediction.spans[i].text, wanted[i]["token_str"]);
    ExpectScore(prediction.spans[i].score, wanted[i]["score"]);
  }
  EXPECT_EQ(prediction.text, wanted[0]["sequence"]);
}

TEST_P(TextModelGoldens, AnswersAreThoseOfThePipelines) {
  const auto files = FindModel(folder());
  ASSERT_TRUE(files) << files.error().message;
  int compared = 0;
  for (const Json& each : golden_["cases"]) {
    if (!kTextTasks.contains(each["task"].get<std::string>())) continue;
    SCOPED_TRACE(each["name"].get<std::string>());
    PredictorOptions options = OptionsOf(each);
    options.engine = engine_.get();
    options.session = session_;
    const auto loaded = MakePredictor(*files, options);
    ASSERT_TRUE(loaded) << loaded.error().message;
    std::vector<Sample> samples;
    for (const Json& input : each["inputs"]) {
      Sample& sample = samples.emplace_back();
      sample.text = input.is_object() ? input["question"] : input;
      if (input.is_object()) sample.context = input["context"];
    }
    const auto answer = loaded->predictor->Predict(samples);
    ASSERT_TRUE(answer) << answer.error().message;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const Prediction& prediction = answer->predictions.at(i);
      const Json& wanted = each["outputs"].at(i);
      if (options.task == "text-classification") ExpectLabels(prediction, wanted);
      if (options.task == "token-classification") ExpectEntities(prediction, wanted);
      if (options.task == "question-answering") ExpectAnswers(prediction, wanted);
      if (options.task == "fill-mask") ExpectFillings(prediction, wanted);
      ++compared;
    }
  }
  EXPECT_GT(compared, 0);
}

INSTANTIATE_TEST_SUITE_P(Families, TextModelGoldens, testing::ValuesIn(TextModels()),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace permille
