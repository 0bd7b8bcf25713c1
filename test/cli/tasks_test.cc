// SPDX-License-Identifier: Apache-2.0
// Every task through the real binary, on the tiny models of test/data/golden/models
// (tools/golden/make_models.py): one sample of each golden file, its answer as the reference
// implementation gave it. The folders' own tests check all cases; these check the way from the
// command line to the printed prediction.

#include <gmock/gmock.h>

#include <filesystem>

#include "base/file.h"
#include "cli/permille_process.h"

namespace permille {
namespace {

using ::testing::HasSubstr;

const std::string kModels = PERMILLE_SOURCE_DIR "/test/data/golden/models/";

class Tasks : public ::testing::Test {
 protected:
  /// The first case of a golden file that is of this task.
  Json Case(const std::string& model, const std::string& task) {
    const auto golden = ReadJsonFile(kModels + model + "/expected.json");
    if (!golden) {
      ADD_FAILURE() << golden.error().message;
      return {};
    }
    for (const Json& one : (*golden)["cases"]) {
      if (one["task"] == task) return one;
    }
    ADD_FAILURE() << model << " has no case of " << task;
    return {};
  }

  /// Measure one query on `dataset` and return what the model said of it.
  Json Predict(const std::string& model, const std::string& dataset,
               std::vector<std::string> flags = {}) {
    std::vector<std::string> arguments{
        "run", kModels + model, "--dataset", dataset,      "--queries", "1",      "--repeats",
        "1",   "--warmup",      "0",         "--baseline", "0",         "--json", "--show"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const Ran ran = Permille(arguments, tree_.root());
    EXPECT_EQ(ran.code, 0) << ran.err;
    const Json result = ran.json();
    if (!result.contains("predictions") || result["predictions"].empty()) {
      ADD_FAILURE() << "no predictions: " << ran.out;
      return {};
    }
    EXPECT_GT(result["per_1000"]["energy_wh"]["mean"].get<double>(), 0);
    return result["predictions"][0];
  }

  std::string File(const std::string& name, const std::string& text) {
    tree_.AddFile(name, text);
    return tree_.Path(name);
  }
  std::string JsonLine(const Json& sample) { return File("one.jsonl", DumpJson(sample) + "\n"); }

  TempTree tree_;
};

TEST_F(Tasks, TextClassification) {
  const Json golden = Case("bert-text-classification", "text-classification");
  const Json said = Predict("bert-text-classification", JsonLine({{"text", golden["inputs"][0]}}));
  const Json& best = golden["outputs"][0][0];
  EXPECT_EQ(said["labels"][0]["label"], best["label"]);
  EXPECT_NEAR(said["labels"][0]["score"].get<double>(), best["score"].get<double>(), 1e-4);
}

TEST_F(Tasks, TokenClassification) {
  const Json golden = Case("bert-token-classification", "token-classification");
  const Json said = Predict("bert-token-classification", JsonLine({{"text", golden["inputs"][0]}}),
                            {"--aggregation", golden["options"]["aggregation"].get<std::string>()});
  const Json& entities = golden["outputs"][0];
  ASSERT_EQ(said["spans"].size(), entities.size());
  for (std::size_t i = 0; i < entities.size(); ++i) {
    EXPECT_EQ(said["spans"][i]["label"], entities[i]["entity"]) << i;
    EXPECT_EQ(said["spans"][i]["end"], entities[i]["end"]) << i;
  }
}

TEST_F(Tasks, QuestionAnswering) {
  const Json golden = Case("bert-question-answering", "question-answering");
  const Json said = Predict("bert-question-answering", JsonLine(golden["inputs"][0]));
  EXPECT_EQ(said["text"], golden["outputs"][0]["answer"]);
  EXPECT_NEAR(said["spans"][0]["score"].get<double>(), golden["outputs"][0]["score"].get<double>(),
              1e-4);
}

TEST_F(Tasks, FillMask) {
  const Json golden = Case("bert-fill-mask", "fill-mask");
  const Json said = Predict("bert-fill-mask", JsonLine({{"text", golden["inputs"][0]}}));
  ASSERT_EQ(said["labels"].size(), golden["outputs"][0].size());
  EXPECT_EQ(said["labels"][0]["label"], golden["outputs"][0][0]["token_str"]);
  EXPECT_EQ(said["text"], golden["outputs"][0][0]["sequence"]);
}

TEST_F(Tasks, TextGeneration) {
  const Json golden = Case("gpt2", "text-generation");
  const Json said =
      Predict("gpt2", JsonLine({{"text", golden["inputs"][0]}}), {"--max-new-tokens", "12"});
  EXPECT_EQ(said["text"], golden["outputs"][0][0]["generated_text"]);
  EXPECT_EQ(said["output_tokens"], 12);
}

TEST_F(Tasks, Summarization) {
  const Json golden = Case("t5", "summarization");
  const Json said =
      Predict("t5", JsonLine({{"text", golden["inputs"][0]}}),
              {"--max-new-tokens", "12", "--beams", "1", "--min-length", "0", "--no-repeat-ngram",
               "0", "--length-penalty", "1", "--early-stopping", "false"});
  EXPECT_EQ(said["text"], golden["outputs"][0][0]["summary_text"]);
}

// Each graph counts the embeddings that both hold; an entry says how many parameters there are.
TEST_F(Tasks, ParametersAreThoseOfTheEntry) {
  const auto parameters = [this](const std::string& model) {
    const Ran ran =
        Permille({"run", model, "--task", "summarization", "--queries", "1", "--repeats", "1",
                  "--warmup", "0", "--baseline", "0", "--max-new-tokens", "8", "--dataset",
                  JsonLine({{"text", "a b"}}), "--json"},
                 tree_.root());
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.json()["options"]["parameters"];
  };
  const std::string golden = std::filesystem::absolute(kModels + "t5");
  EXPECT_NE(parameters(golden), "4321");
  for (const auto& file : std::filesystem::directory_iterator(golden))
    tree_.AddLink("t5/" + file.path().filename().string(), file.path().string());
  tree_.AddFile("t5/entry.yaml",
                "schema: permille.model/1\nid: t5\ntask: summarization\nparameters: 4321\ngraphs:\n"
                "  encoder_model: onnx/encoder_model.onnx.zst\n"
                "  decoder_model: onnx/decoder_model.onnx.zst\nweightless: true\n");
  EXPECT_EQ(parameters(tree_.Path("t5")), "4321");
}

TEST_F(Tasks, ImageClassification) {
  const Json golden = Case("vit", "image-classification");
  const std::string picture = golden["inputs"][0];
  const Json said = Predict("vit", JsonLine({{"image", kModels + "images/" + picture}}));
  EXPECT_EQ(said["labels"][0]["label"], golden["outputs"][0][0]["label"]);
}

TEST_F(Tasks, ObjectDetection) {
  const Json golden = Case("detr", "object-detection");
  const std::string picture = golden["inputs"][0];
  const Json said = Predict("detr", JsonLine({{"image", kModels + "images/" + picture}}));
  ASSERT_FALSE(said["boxes"].empty());
  // The pipeline gives its objects in the order of the queries; ours are best first.
  Json best = golden["outputs"][0][0];
  for (const Json& object : golden["outputs"][0]) {
    if (object["score"] > best["score"]) best = object;
  }
  EXPECT_EQ(said["boxes"][0]["label"], best["label"]);
  EXPECT_NEAR(said["boxes"][0]["score"].get<double>(), best["score"].get<double>(), 1e-4);
  const char* const sides[] = {"xmin", "ymin", "xmax", "ymax"};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(said["boxes"][0]["box"][sides[i]].get<double>(), best["exact_box"][i].get<double>(),
                0.5);
  }
}

TEST_F(Tasks, ImageToText) {
  const Json golden = Case("vit-gpt2", "image-to-text");
  const std::string picture = golden["inputs"][0];
  const Json said = Predict("vit-gpt2", JsonLine({{"image", kModels + "images/" + picture}}),
                            {"--max-new-tokens", "12"});
  EXPECT_EQ(said["text"], golden["outputs"][0][0]["generated_text"]);
}

TEST_F(Tasks, TextToImage) {
  const Json said =
      Predict("stable-diffusion", File("prompts.txt", "A small lamp burns in the old harbour.\n"),
              {"--steps", "2", "--width", "16", "--height", "16", "--images", tree_.Path("out"),
               "--seed", "7"});
  ASSERT_TRUE(said.contains("image")) << said;
  const auto png = ReadFile(said["image"].get<std::string>());
  ASSERT_TRUE(png) << png.error().message;
  EXPECT_EQ(png->substr(1, 3), "PNG");
  EXPECT_FALSE(said["image_hash"].get<std::string>().empty());
  EXPECT_TRUE(said.contains("flagged"));
}

TEST_F(Tasks, WhatIsWrongWithASampleIsSaidInOneLine) {
  const auto refuse = [&](const std::string& model, const Json& sample) {
    const Ran ran = Permille({"run", kModels + model, "--dataset", JsonLine(sample), "--queries",
                              "1", "--repeats", "1", "--warmup", "0", "--baseline", "0"},
                             tree_.root());
    EXPECT_NE(ran.code, 0);
    EXPECT_EQ(ran.out, "");
    return ran.err;
  };
  EXPECT_THAT(refuse("bert-fill-mask", {{"text", "no mask here"}}), HasSubstr("[MASK]"));
  EXPECT_THAT(refuse("bert-question-answering", {{"question", "Who?"}, {"context", ""}}),
              HasSubstr("context"));
  EXPECT_THAT(refuse("vit", {{"image", File("broken.png", "\x89PNG\r\n\x1a\nrest")}}),
              HasSubstr("broken.png"));
}

TEST_F(Tasks, PrecisionAndOptionsAreRecorded) {
  const Json golden = Case("bert-text-classification", "text-classification");
  const std::string dataset = JsonLine({{"text", golden["inputs"][0]}});
  const Json whole = Predict("bert-text-classification", dataset);
  const Json int8 = Predict("bert-text-classification", dataset, {"--precision", "int8"});
  EXPECT_NE(whole["labels"][0]["score"], int8["labels"][0]["score"]);
  const Ran refused = Permille(
      {"run", kModels + "bert-text-classification", "--dataset", dataset, "--precision", "fp16"},
      tree_.root());
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.err, HasSubstr("--force"));
}

}  // namespace
}  // namespace permille
