// SPDX-License-Identifier: Apache-2.0
// Weights from another folder than the graphs (--weights DIR), for one tiny model of each layout.
// The same folders whole are compared with transformers and diffusers in *_goldens_test.cc and
// text_to_image_test.cc; here the two halves must answer as the whole does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/json.h"
#include "engine/safetensors.h"
#include "pipeline/hf_layout.h"
#include "pipeline/model_folder_test.h"
#include "pipeline/pipeline.h"
#include "pipeline/settings_folder.h"

namespace permille {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kGoldens = PERMILLE_SOURCE_DIR "/test/data/golden/models/";

bool IsGraph(const fs::path& path) {
  return path.string().ends_with(".onnx.zst");
}
bool IsWeights(const fs::path& path) {
  return path.extension() == ".safetensors";
}
/// What a folder of models/ keeps beside its graphs: configurations, no vocabulary.
bool IsConfig(const fs::path& path) {
  const std::string name = path.filename().string();
  return name == "config.json" || name == "model_index.json" || name == "scheduler_config.json" ||
         name == "preprocessor_config.json" || name == "generation_config.json";
}

/// Copy what `wanted` picks from a folder and the folders in it.
void CopySome(const fs::path& from, const fs::path& to, bool (*wanted)(const fs::path&)) {
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (!entry.is_regular_file() || !wanted(entry.path())) continue;
    const fs::path target = to / fs::relative(entry.path(), from);
    fs::create_directories(target.parent_path());
    fs::copy_file(entry.path(), target, fs::copy_options::overwrite_existing);
  }
}

/// A stand-in for the vocabulary of a text model in `folder`.
void AddStandIn(const std::string& folder, std::int64_t vocabulary) {
  const Json stand_in = {{"table", PERMILLE_SOURCE_DIR "/catalog/stand_in/wordpiece-en.csv"},
                         {"vocab_size", vocabulary},
                         {"special", {{"cls", 2}, {"sep", 3}, {"pad", 0}, {"unk", 1}}}};
  ASSERT_TRUE(WriteFile(folder + "/stand_in.json", stand_in.dump()));
}

struct Case {
  const char* model;
  const char* task;
};

class WeightsFolder : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    auto engine = MakeOnnxEngine();
    if (!engine) GTEST_SKIP() << "no ONNX Runtime: " << engine.error().message;
    engine_ = std::move(*engine);
    options_.engine = engine_.get();
    options_.session.threads = 1;
    options_.session.spinning = false;
    options_.task_options.diffusion.steps = 2;
    options_.task_options.diffusion.width = 32;
    options_.task_options.diffusion.height = 32;
    options_.task_options.generation.max_new_tokens = 6;
  }

  Result<LoadedPredictor> Make(const std::string& folder, const std::string& weights) {
    PERMILLE_ASSIGN(const ModelFiles files, FindModel(folder));
    PERMILLE_ASSIGN(options_.weights, WeightsSource::Parse(weights));
    PERMILLE_TRY(PreparePredictor(files, options_));
    return MakePredictor(files, options_);
  }
  std::string Refusal(const std::string& folder, const std::string& weights) {
    const auto loaded = Make(folder, weights);
    return loaded ? "none" : loaded.error().message;
  }
  /// What a model makes of one input, as a line.
  std::string Answers(const LoadedPredictor& loaded) {
    Sample sample;
    sample.text = "the boat is on the water";
    sample.context = sample.text;
    sample.image_path = kGoldens + "images/boat.png";
    const auto answer = loaded.predictor->Predict(std::span(&sample, 1));
    if (!answer) return answer.error().message;
    const Prediction& given = answer->predictions.at(0);
    std::string line = fmt::format("{} |{} {}", given.text, given.output_tokens, given.image_hash);
    for (const LabelBox& box : given.boxes) line += fmt::format(" {}={:.6f}", box.label, box.score);
    for (const LabelScore& label : given.labels)
      line += fmt::format(" {}={:.6f}", label.label, label.score);
    return line;
  }

  std::unique_ptr<TensorEngine> engine_;
  PredictorOptions options_;
  ModelFolder graphs_;
  ModelFolder weights_;
};

TEST_P(WeightsFolder, TheTwoHalvesAnswerAsTheWhole) {
  const std::string whole = kGoldens + GetParam().model;
  if (!fs::exists(whole)) GTEST_SKIP() << "no golden model " << whole;
  options_.task = GetParam().task;
  CopySome(whole, graphs_.path(), [](const fs::path& p) { return IsGraph(p) || IsConfig(p); });
  CopySome(whole, weights_.path(), [](const fs::path& p) { return !IsGraph(p); });
  fs::remove(weights_.path("tensors.safetensors"));  // noise for the goldens, no weights
  const auto direct = Make(whole, "file");
  ASSERT_TRUE(direct) << direct.error().message;
  const auto apart = Make(graphs_.path(), weights_.path());
  ASSERT_TRUE(apart) << apart.error().message;
  EXPECT_EQ(apart->tokens, direct->tokens);
  EXPECT_EQ(apart->weights, "trained");
  EXPECT_EQ(apart->parameters, direct->parameters);
  EXPECT_EQ(Answers(*apart), Answers(*direct));
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, WeightsFolder,
    testing::Values(Case{"bert-text-classification", "text-classification"},
                    Case{"roberta-fill-mask", "fill-mask"}, Case{"t5", "summarization"},
                    Case{"gpt2", "text-generation"}, Case{"vit", "image-classification"},
                    Case{"vit-gpt2", "image-to-text"}, Case{"detr", "object-detection"},
                    Case{"stable-diffusion", "text-to-image"},
                    Case{"stable-diffusion-xl", "text-to-image"}),
    [](const auto& info) {
      std::string name = info.param.model;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

class WeightsOfParts : public WeightsFolder {};

TEST_F(WeightsOfParts, TheTokenizerBesideTheWeightsGoesBeforeAStandIn) {
  const std::string whole = kGoldens + "bert-text-classification";
  options_.task = "text-classification";
  CopySome(whole, graphs_.path(), [](const fs::path& p) { return IsGraph(p) || IsConfig(p); });
  const Json config = *ReadJsonFile(whole + "/config.json");
  AddStandIn(graphs_.path(), config["vocab_size"].get<std::int64_t>());
  CopySome(whole, weights_.path(), IsWeights);
  const auto modelled = Make(graphs_.path(), weights_.path());
  ASSERT_TRUE(modelled) << modelled.error().message;
  EXPECT_EQ(modelled->tokens, "modelled");
  for (const char* const name : {"tokenizer.json", "tokenizer_config.json"}) {
    fs::copy_file(whole + "/" + name, weights_.path(name));
  }
  // The folder and the file in it mean the same.
  for (const std::string& weights : {weights_.path(), weights_.path("model.safetensors")}) {
    const auto exact = Make(graphs_.path(), weights);
    ASSERT_TRUE(exact) << exact.error().message;
    EXPECT_EQ(exact->tokens, "tokenizer");
    EXPECT_EQ(Answers(*exact), Answers(*Make(whole, "file")));
  }
}

TEST_F(WeightsOfParts, LabelsBesideTheWeightsGoBeforeNumbers) {
  const std::string whole = kGoldens + "vit";
  options_.task = "image-classification";
  CopySome(whole, graphs_.path(), [](const fs::path& p) { return IsGraph(p) || IsConfig(p); });
  CopySome(whole, weights_.path(), [](const fs::path& p) { return IsWeights(p) || IsConfig(p); });
  Json config = *ReadJsonFile(whole + "/config.json");
  for (auto& [id, label] : config["id2label"].items()) label = "sort " + id;
  ASSERT_TRUE(WriteFile(weights_.path("config.json"), config.dump()));
  const auto loaded = Make(graphs_.path(), weights_.path());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(Answers(*loaded), HasSubstr("sort "));
}

TEST_F(WeightsOfParts, ShardsWithAnIndexServeAllParts) {
  const std::string whole = kGoldens + "t5";
  options_.task = "summarization";
  CopySome(whole, graphs_.path(), [](const fs::path& p) { return !IsWeights(p); });
  // Two files of the same layout: each with all bytes, and a header that lists half of the tensors.
  const auto file = SafetensorsFile::Open(whole + "/model.safetensors");
  ASSERT_TRUE(file) << file.error().message;
  const std::string bytes = *ReadFile(whole + "/model.safetensors");
  Json map = Json::object();
  Json headers[2] = {Json::object(), Json::object()};
  std::string data[2];
  std::size_t count = 0;
  for (const auto& [name, tensor] : file->tensors) {
    const std::size_t shard = count++ % 2;
    const std::size_t begin = data[shard].size();
    data[shard] += bytes.substr(tensor.offset, tensor.length);
    headers[shard][name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, data[shard].size()}}};
    map[name] = fmt::format("model-{}.safetensors", shard);
  }
  for (std::size_t shard = 0; shard < 2; ++shard) {
    const std::string header = headers[shard].dump();
    std::string length(8, '\0');
    for (unsigned i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
    ASSERT_TRUE(WriteFile(weights_.path(fmt::format("model-{}.safetensors", shard)),
                          length + header + data[shard]));
  }
  const std::string index = weights_.path("model.safetensors.index.json");
  ASSERT_TRUE(WriteFile(index, Json{{"weight_map", map}}.dump()));
  const std::string expected = Answers(*Make(whole, "file"));
  for (const std::string& weights : {weights_.path(), index}) {
    const auto loaded = Make(graphs_.path(), weights);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(Answers(*loaded), expected);
  }
}

/// Copy a safetensors file with one replacement in its header.
void CopyChanged(const std::string& from, const std::string& to, const std::string& what,
                 const std::string& with) {
  std::string bytes = *ReadFile(from);
  const std::size_t at = bytes.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  ASSERT_EQ(what.size(), with.size());
  bytes.replace(at, what.size(), with);
  ASSERT_TRUE(WriteFile(to, bytes));
}

TEST_F(WeightsOfParts, OneErrorNamesWhatDoesNotFitInAnyPart) {
  const std::string whole = kGoldens + "stable-diffusion";
  options_.task = "text-to-image";
  CopySome(whole, graphs_.path(), [](const fs::path& p) { return !IsWeights(p); });
  CopySome(whole, weights_.path(), IsWeights);
  CopyChanged(whole + "/unet/diffusion_pytorch_model.safetensors",
              weights_.path("unet/diffusion_pytorch_model.safetensors"), "\"conv_in.weight\"",
              "\"conv_on.weight\"");
  CopyChanged(whole + "/text_encoder/model.safetensors",
              weights_.path("text_encoder/model.safetensors"),
              "\"text_model.final_layer_norm.bias\"", "\"text_model.final_layer_norm.boas\"");
  EXPECT_THAT(Refusal(graphs_.path(), weights_.path()),
              AllOf(HasSubstr("unet: 1 missing: conv_in.weight; 1 surplus: conv_on.weight"),
                    HasSubstr("text_encoder: 1 missing: text_model.final_layer_norm.bias; 1 "
                              "surplus: text_model.final_layer_norm.boas"),
                    Not(HasSubstr("vae"))));
}

TEST_F(WeightsOfParts, OfACheckpointThatPartsShareEachSeesOnlyItsOwnGaps) {
  const std::string whole = kGoldens + "t5";
  options_.task = "summarization";
  CopySome(whole, graphs_.path(), [](const fs::path& p) { return !IsWeights(p); });
  CopyChanged(whole + "/model.safetensors", weights_.path("model.safetensors"),
              "\"decoder.final_layer_norm.weight\"", "\"decoder.final_layer_norm.weighs\"");
  EXPECT_THAT(Refusal(graphs_.path(), weights_.path()),
              AllOf(HasSubstr("decoder_model: 1 missing: decoder.final_layer_norm.weight"),
                    HasSubstr("1 surplus: decoder.final_layer_norm.weighs"),
                    Not(HasSubstr("encoder_model:"))));
}

TEST_F(WeightsOfParts, AVariantIsTakenWhereItIsAloneAndNotBeforeThePlainOne) {
  const std::string whole = kGoldens + "bert-text-classification";
  options_.task = "text-classification";
  CopySome(whole, graphs_.path(), [](const fs::path& p) { return !IsWeights(p); });
  fs::copy_file(whole + "/model.safetensors", weights_.path("model.fp16.safetensors"));
  EXPECT_TRUE(Make(graphs_.path(), weights_.path()));
  ASSERT_TRUE(WriteFile(weights_.path("model.fp16.safetensors"), "no weights"));
  fs::copy_file(whole + "/model.safetensors", weights_.path("model.safetensors"));
  EXPECT_TRUE(Make(graphs_.path(), weights_.path()));
  fs::rename(weights_.path("model.safetensors"), weights_.path("model.ema.safetensors"));
  EXPECT_THAT(Refusal(graphs_.path(), weights_.path()),
              HasSubstr("not clear: model.ema.safetensors, model.fp16.safetensors; name one"));
}

TEST_F(WeightsOfParts, TheMemoryOfAllPartsIsAskedForBeforeAnyIsLoaded) {
  // 4.4 TB each (tools/make_onnx_fixtures.py).
  const std::string huge = PERMILLE_SOURCE_DIR "/test/data/onnx/huge.onnx";
  graphs_.With("config.json", R"({"model_type": "t5"})");
  fs::create_directories(graphs_.path("onnx"));
  for (const char* const part : {"onnx/encoder_model.onnx", "onnx/decoder_model.onnx"}) {
    fs::copy_file(huge, graphs_.path(part));
  }
  options_.task = "summarization";
  EXPECT_THAT(Refusal(graphs_.path(), "random:1"),
              HasSubstr("weights need 8796.09 GB of memory, "));
}

}  // namespace
}  // namespace permille
