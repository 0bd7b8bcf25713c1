// SPDX-License-Identifier: Apache-2.0
// What the generating tasks do with what they should not be given, and real models of
// ../shared/models. The tiny models: test/data/golden/models, made by tools/golden/make_models.py.
#include <gmock/gmock.h>

#include <thread>

#include "base/file.h"
#include "pipeline/model_folder_test.h"
#include "pipeline/pipeline.h"

namespace permille {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kGoldens = PERMILLE_SOURCE_DIR "/test/data/golden/models/";
const std::string kShared = PERMILLE_SOURCE_DIR "/../shared/";

class GenerationTasks : public testing::Test {
 protected:
  void SetUp() override {
    auto engine = MakeOnnxEngine();
    if (!engine) GTEST_SKIP() << "no ONNX Runtime: " << engine.error().message;
    engine_ = std::move(*engine);
    options_.engine = engine_.get();
    options_.session.threads = 1;
    options_.session.spinning = false;
  }
  Result<LoadedPredictor> Make(const std::string& folder, const std::string& task) {
    const auto files = FindModel(folder);
    if (!files) return Fail(files.error());
    options_.task = task;
    return MakePredictor(*files, options_);
  }
  std::unique_ptr<Predictor> Load(const std::string& folder, const std::string& task) {
    auto loaded = Make(folder, task);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? std::move(loaded->predictor) : nullptr;
  }
  std::string LoadError(const std::string& folder, const std::string& task) {
    auto loaded = Make(folder, task);
    return loaded ? "no error" : loaded.error().message;
  }
  /// A real model, or nothing and the test is skipped.
  std::unique_ptr<Predictor> LoadShared(const std::string& model, const std::string& task) {
    if (!engine_ || !std::filesystem::exists(kShared + "models/" + model)) return nullptr;
    return Load(kShared + "models/" + model, task);
  }
  static Result<Prediction> Ask(Predictor& predictor, const std::string& text) {
    Sample sample;
    sample.text = text;
    PERMILLE_ASSIGN(Answer answer, predictor.Predict(std::span(&sample, 1)));
    return std::move(answer.predictions[0]);
  }
  static std::string AskError(Predictor& predictor, const std::string& text) {
    const auto prediction = Ask(predictor, text);
    return prediction ? "no error" : prediction.error().message;
  }

  std::unique_ptr<TensorEngine> engine_;
  PredictorOptions options_;
};

TEST_F(GenerationTasks, APromptLongerThanThePositionsIsRefused) {
  const auto predictor = Load(kGoldens + "gpt2", "text-generation");
  ASSERT_TRUE(predictor);
  EXPECT_THAT(AskError(*predictor, std::string(100'000, 'a')),
              AllOf(StartsWith("gpt2: "), HasSubstr("positions for 64 tokens; the prompt has")));
  EXPECT_TRUE(Ask(*predictor, "The ship"));
}

TEST_F(GenerationTasks, ATextThatOutgrowsThePositionsIsRefusedAtItsToken) {
  options_.task_options.generation.max_new_tokens = 100;
  options_.task_options.generation.ignore_eos = true;
  const auto predictor = Load(kGoldens + "gpt2", "text-generation");
  ASSERT_TRUE(predictor);
  EXPECT_THAT(AskError(*predictor, "The ship"), HasSubstr("and token 65 was to be computed"));
}

TEST_F(GenerationTasks, SummarizationCutsATextToTheEncodersPositions) {
  const auto predictor = Load(kGoldens + "bart", "summarization");
  ASSERT_TRUE(predictor);
  const auto prediction = Ask(*predictor, std::string(100'000, 'a'));
  ASSERT_TRUE(prediction) << prediction.error().message;
  EXPECT_EQ(prediction->input_tokens, 256);  // its config.json: max_position_embeddings
}

TEST_F(GenerationTasks, AnEmptyTextIsSummarized) {
  // As the reference: the special tokens alone.
  const auto predictor = Load(kGoldens + "bart", "summarization");
  ASSERT_TRUE(predictor);
  const auto prediction = Ask(*predictor, "");
  ASSERT_TRUE(prediction) << prediction.error().message;
  EXPECT_EQ(prediction->input_tokens, 2);
}

TEST_F(GenerationTasks, AVocabularyOfAnotherModelIsRefused) {
  ModelFolder folder;
  folder.With("onnx/model.onnx", "not read")
      .With("config.json", R"({"model_type": "gpt2", "vocab_size": 100})")
      .With("tokenizer.json", *ReadFile(kGoldens + "gpt2/tokenizer.json"));
  EXPECT_THAT(LoadError(folder.path(), "text-generation"),
              AllOf(HasSubstr("ids up to 339"), HasSubstr("vocab_size is 100"),
                    HasSubstr("do not belong together")));
}

TEST_F(GenerationTasks, AModelWithoutTheRightGraphsIsRefused) {
  EXPECT_THAT(LoadError(kGoldens + "gpt2", "summarization"), HasSubstr("encoder_model.onnx"));
  EXPECT_THAT(LoadError(kGoldens + "gpt2", "image-to-text"), HasSubstr("encoder_model.onnx"));
  ModelFolder folder;
  folder.With("onnx/unet.onnx", "not read")
      .With("config.json", R"({"model_type": "gpt2"})")
      .With("tokenizer.json", *ReadFile(kGoldens + "gpt2/tokenizer.json"));
  EXPECT_THAT(LoadError(folder.path(), "text-generation"),
              AllOf(HasSubstr("no graph that generates text"), HasSubstr("decoder_model_merged")));
}

TEST_F(GenerationTasks, SettingsOfTheFilesAreChecked) {
  ModelFolder folder;
  folder.With("onnx/model.onnx", "not read")
      .With("config.json", R"({"model_type": "gpt2"})")
      .With("generation_config.json", R"({"num_beams": "many"})");
  EXPECT_THAT(LoadError(folder.path(), "text-generation"),
              HasSubstr("generation_config.json: num_beams"));
}

TEST_F(GenerationTasks, ALongGenerationCanBeInterrupted) {
  options_.task_options.generation.max_new_tokens = 1'000'000;
  options_.task_options.generation.ignore_eos = true;
  const auto predictor = Load(kGoldens + "t5", "summarization");
  ASSERT_TRUE(predictor);
  std::thread interrupter([&] { predictor->Cancel(); });
  const auto prediction = Ask(*predictor, "The ship left the harbour.");
  interrupter.join();
  ASSERT_FALSE(prediction);
  EXPECT_EQ(prediction.error().code, ErrorCode::kCancelled);
}

TEST_F(GenerationTasks, PhasesAddUp) {
  options_.task_options.generation.max_new_tokens = 5;
  options_.task_options.generation.ignore_eos = true;
  const auto predictor = Load(kGoldens + "t5", "summarization");
  ASSERT_TRUE(predictor);
  Sample sample;
  sample.text = "The ship left the harbour.";
  const auto answer = predictor->Predict(std::span(&sample, 1));
  ASSERT_TRUE(answer);
  const PhaseTimes& phases = answer->phases;
  EXPECT_GT(phases.prefill, Seconds(0));
  EXPECT_GT(phases.decode, Seconds(0));
  EXPECT_GT(phases.forward, Seconds(0));
  EXPECT_LE(phases.forward, phases.prefill + phases.decode);
  EXPECT_EQ(answer->predictions[0].output_tokens, 5);
}

TEST_F(GenerationTasks, SamplingDependsOnTheSeedAlone) {
  options_.task_options.generation.do_sample = true;
  options_.task_options.generation.max_new_tokens = 8;
  options_.task_options.generation.seed = 7;
  const auto predictor = Load(kGoldens + "opt", "text-generation");
  ASSERT_TRUE(predictor);
  Sample samples[2];
  samples[0].id = "a";
  samples[1].id = "b";
  for (Sample& sample : samples) sample.text = "The ship left";
  const auto both = predictor->Predict(samples);
  const auto alone = predictor->Predict(std::span(samples).last(1));
  ASSERT_TRUE(both && alone);
  EXPECT_EQ(both->predictions[1].text, alone->predictions[0].text);
  EXPECT_NE(both->predictions[0].text, both->predictions[1].text);
}

TEST_F(GenerationTasks, Stories260KTellsAStory) {
  const auto predictor = LoadShared("stories260K", "text-generation");
  if (!predictor) GTEST_SKIP() << "../shared/models/stories260K or ONNX Runtime is not here";
  const auto story = Ask(*predictor, "Once upon a time");
  ASSERT_TRUE(story) << story.error().message;
  EXPECT_THAT(story->text, StartsWith("Once upon a time, there was a little girl named Lily. She "
                                      "loved to play with her toys and her friends. One day, "));
  EXPECT_EQ(story->output_tokens, 128);
  // ../shared/models/stories260K/CONVERSION.txt, greedy from <s> alone.
  const auto empty = Ask(*predictor, "");
  ASSERT_TRUE(empty);
  EXPECT_THAT(empty->text, StartsWith("Once upon a time, there was a little girl named Lily."));
}

TEST_F(GenerationTasks, T5TinySummarizesAsTheReference) {
  // transformers 4.30.2 on its model.safetensors and tokenizer.json.
  const auto predictor = LoadShared("t5-tiny-summ", "summarization");
  if (!predictor) GTEST_SKIP() << "../shared/models/t5-tiny-summ or ONNX Runtime is not here";
  const auto summary =
      Ask(*predictor, "The ship left the harbour before the sun was up, and nobody waved.");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->text, "The left the man, and the morning.");
  EXPECT_EQ(summary->input_tokens, 22);
}

TEST_F(GenerationTasks, TheFlickrCaptionerWritesCaptions) {
  const auto predictor = LoadShared("flickr8k-mini-captioner", "image-to-text");
  if (!predictor) GTEST_SKIP() << "../shared/models/flickr8k-mini-captioner is not here";
  Sample sample;
  sample.image_path = kShared + "data/coco/images/000000000139.jpg";
  const auto answer = predictor->Predict(std::span(&sample, 1));
  ASSERT_TRUE(answer) << answer.error().message;
  // Its CONVERSION.txt names this caption.
  EXPECT_THAT(answer->predictions[0].text,
              StartsWith("a man in a black shirt is sitting on a street"));
  sample.image_path = kShared + "no such.jpg";
  const auto missing = predictor->Predict(std::span(&sample, 1));
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("no such.jpg"));
}

}  // namespace
}  // namespace permille
