// SPDX-License-Identifier: Apache-2.0
// Tiny models of every generating family of the study against the pipelines of transformers 4.30.2:
// test/data/golden/models/*/expected.json, made by tools/golden/make_models.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/json.h"
#include "pipeline/generation_predictor.h"
#include "prep/image.h"
#include "prep/image_processor.h"

namespace permille {
namespace {

namespace fs = std::filesystem;
const std::string kGoldens = PERMILLE_SOURCE_DIR "/test/data/golden/models";
constexpr double kRelative = 1e-4;
const std::set<std::string> kTasks = {"text-generation", "summarization", "image-to-text"};

bool Generates(const Json& each) {
  return kTasks.contains(each["task"].get<std::string>());
}

/// The folders that hold a case of one of the generating tasks.
std::vector<std::string> GeneratingModels() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(kGoldens, error)) {
    const auto golden = ReadJsonFile(entry.path() / "expected.json");
    if (!golden || !golden->contains("cases")) continue;
    const Json& cases = (*golden)["cases"];
    if (std::any_of(cases.begin(), cases.end(), Generates)) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class GenerationGoldens : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto engine = MakeOnnxEngine();
    if (!engine) GTEST_SKIP() << "no ONNX Runtime: " << engine.error().message;
    engine_ = std::move(*engine);
    golden_ = *ReadJsonFile(kGoldens + "/" + GetParam() + "/expected.json");
    auto files = FindModel(kGoldens + "/" + GetParam());
    ASSERT_TRUE(files) << files.error().message;
    files_ = std::move(*files);
  }
  std::unique_ptr<Predictor> Load(const std::string& task, const GenerationOptions& generation) {
    PredictorOptions options;
    options.task = task;
    options.engine = engine_.get();
    options.session.threads = 1;
    options.session.spinning = false;
    options.task_options.generation = generation;
    auto loaded = MakePredictor(files_, options);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? std::move(loaded->predictor) : nullptr;
  }
  std::unique_ptr<TensorSession> Session(const std::string& part) {
    WeightsSource weights{WeightsSource::Kind::kSafetensors, files_.folder + "/model.safetensors"};
    SessionOptions options;
    options.threads = 1;
    options.spinning = false;
    auto session = engine_->Load(files_.graphs.at(part), weights, options);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  void ExpectLogits(const Json& each);
  void ExpectPixels(const Json& each);
  void ExpectAnswers(const Json& each);

  std::unique_ptr<TensorEngine> engine_;
  ModelFiles files_;
  Json golden_;
};

/// A tensor of the golden file and its view.
struct GoldenTensor {
  std::string name;
  DType type = DType::kInt64;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> integers;
  std::vector<float> floats;

  explicit GoldenTensor(const std::string& called, const Json& json)
      : name(called), shape(json["shape"].get<std::vector<std::int64_t>>()) {
    if (json["dtype"] == "int64") {
      integers = json["data"].get<std::vector<std::int64_t>>();
    } else {
      type = DType::kFloat32;
      floats = json["data"].get<std::vector<float>>();
    }
  }
  TensorView view() const {
    return {name, type, shape,
            type == DType::kInt64 ? std::as_bytes(std::span(integers))
                                  : std::as_bytes(std::span(floats))};
  }
};

void ExpectClose(std::span<const float> got, const Json& wanted) {
  const auto truth = wanted["data"].get<std::vector<float>>();
  ASSERT_EQ(got.size(), truth.size());
  double largest = 0;
  double furthest = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::abs(truth[i])));
    furthest = std::max(furthest, static_cast<double>(std::abs(got[i] - truth[i])));
  }
  EXPECT_LE(furthest, kRelative * largest);
}

/// The decoder runner alone: encoder, then the prompt, and the logits of its last token.
void GenerationGoldens::ExpectLogits(const Json& each) {
  std::vector<GoldenTensor> given;
  for (const auto& [name, tensor] : each["inputs"].items()) given.emplace_back(name, tensor);
  const bool encodes = files_.graphs.contains("encoder_model");
  DecoderGraphs graphs;
  if (encodes) graphs.encoder = Session("encoder_model");
  graphs.decoder = Session(encodes ? "decoder_model" : "model");
  ASSERT_TRUE(graphs.decoder);
  auto runner = DecoderRunner::Make(std::move(graphs), {GetParam(), {}, {}}, SteadyClock());
  ASSERT_TRUE(runner) << runner.error().message;
  PromptBatch prompts;
  std::vector<TensorView> views;
  std::span<const std::int64_t> mask;
  for (const GoldenTensor& tensor : given) {
    const bool prompt = encodes ? tensor.name == "decoder_input_ids" : tensor.name == "input_ids";
    if (prompt) {
      ASSERT_EQ(tensor.shape[0], 1);
      prompts.rows = {tensor.integers};
      prompts.length = tensor.integers.size();
    }
    const auto inputs = encodes ? (*runner)->encoder_inputs() : std::vector<TensorInfo>();
    for (const TensorInfo& info : inputs) {
      if (info.name == tensor.name) views.push_back(tensor.view());
    }
    if (encodes && tensor.name == "attention_mask") mask = tensor.integers;
  }
  ASSERT_FALSE(prompts.rows.empty());
  if (encodes) {
    ASSERT_TRUE((*runner)->Encode(views, mask));
  }
  const auto scores = (*runner)->Begin(prompts);
  ASSERT_TRUE(scores) << scores.error().message;
  ExpectClose(scores->row(0), each["outputs"]["logits"]);
}

GenerationOptions OptionsOf(const Json& given) {
  GenerationOptions options;
  const auto read = [&given]<class T>(const char* name, std::optional<T>& field) {
    if (given.contains(name) && !given[name].is_null()) field = given[name].get<T>();
  };
  read("max_length", options.max_length);
  read("max_new_tokens", options.max_new_tokens);
  read("min_length", options.min_length);
  read("min_new_tokens", options.min_new_tokens);
  read("num_beams", options.num_beams);
  read("no_repeat_ngram_size", options.no_repeat_ngram_size);
  read("length_penalty", options.length_penalty);
  read("repetition_penalty", options.repetition_penalty);
  read("forced_bos_token_id", options.forced_bos_token_id);
  read("forced_eos_token_id", options.forced_eos_token_id);
  if (given.contains("early_stopping")) {
    const Json& value = given["early_stopping"];
    options.early_stopping = value.is_string() ? value.get<std::string>() : value.dump();
  }
  if (given.contains("eos_token_id")) {
    const Json& value = given["eos_token_id"];
    options.eos_token_ids = value.is_array() ? value.get<std::vector<std::int64_t>>()
                                             : std::vector<std::int64_t>{value.get<std::int64_t>()};
  }
  return options;
}

/// The sequence, and after it nothing but one token again and again: the batch's padding.
void ExpectSequence(const std::vector<std::int64_t>& got, std::vector<std::int64_t> wanted) {
  ASSERT_LE(got.size(), wanted.size());
  for (std::size_t i = got.size(); i < wanted.size(); ++i) EXPECT_EQ(wanted[i], wanted.back());
  wanted.resize(got.size());
  EXPECT_EQ(got, wanted);
}

void GenerationGoldens::ExpectAnswers(const Json& each) {
  const auto predictor = Load(each["task"], OptionsOf(each["options"]));
  ASSERT_TRUE(predictor);
  std::vector<Sample> samples;
  for (const Json& input : each["inputs"]) {
    Sample& sample = samples.emplace_back();
    if (each["task"] == "image-to-text") {
      sample.image_path = kGoldens + "/images/" + input.get<std::string>();
    } else {
      sample.text = input;
    }
  }
  const auto answer = predictor->Predict(samples);
  ASSERT_TRUE(answer) << answer.error().message;
  const auto& ids = dynamic_cast<const GenerationPredictor&>(*predictor).sequences();
  ASSERT_EQ(ids.size(), each["outputs"].size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Json& wanted = each["outputs"][i][0];
    if (wanted.contains("ids")) {
      ExpectSequence(ids[i].ids, wanted["ids"].get<std::vector<std::int64_t>>());
    }
    const char* text = wanted.contains("summary_text") ? "summary_text" : "generated_text";
    EXPECT_EQ(answer->predictions[i].text, wanted[text].get<std::string>());
    EXPECT_EQ(answer->predictions[i].output_tokens,
              static_cast<std::int64_t>(ids[i].ids.size() - ids[i].prompt));
    EXPECT_TRUE(answer->predictions[i].finite);
  }
}

/// The image as the model's processor prepares it.
void GenerationGoldens::ExpectPixels(const Json& each) {
  const auto image = ReadImage(kGoldens + "/images/" + each["inputs"][0].get<std::string>());
  ASSERT_TRUE(image) << image.error().message;
  const auto processor = LoadImageProcessor(files_.folder);
  ASSERT_TRUE(processor) << processor.error().message;
  PixelBatch pixels;
  ASSERT_TRUE((*processor)->Process(std::span(&*image, 1), pixels));
  const Json& wanted = each["outputs"]["pixel_values"];
  ASSERT_EQ(Json(pixels.shape), wanted["shape"]);
  const auto every = wanted["every"].get<std::size_t>();
  for (std::size_t i = 0; i < wanted["values"].size(); ++i) {
    EXPECT_NEAR(pixels.values.at(i * every), wanted["values"][i].get<double>(), 1e-6) << i * every;
  }
}

TEST_P(GenerationGoldens, LogitsOrPixelsAreThoseOfTheReference) {
  int compared = 0;
  for (const Json& each : golden_["cases"]) {
    if (each["task"] != "raw") continue;
    each["inputs"].is_array() ? ExpectPixels(each) : ExpectLogits(each);
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

TEST_P(GenerationGoldens, SequencesAndTextsAreThoseOfTheReference) {
  int compared = 0;
  for (const Json& each : golden_["cases"]) {
    if (!Generates(each)) continue;
    SCOPED_TRACE(each["name"].get<std::string>() + " " + each["options"].dump());
    ExpectAnswers(each);
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

INSTANTIATE_TEST_SUITE_P(Families, GenerationGoldens, testing::ValuesIn(GeneratingModels()),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace permille
