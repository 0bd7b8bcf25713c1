// SPDX-License-Identifier: Apache-2.0
// What wins over what: transformers 4.30.2, generation/configuration_utils.py (from_model_config,
// update), generation/utils.py (generate) and pipelines/base.py (task_specific_params).
#include "pipeline/generation_settings.h"

#include <gmock/gmock.h>

namespace permille {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<GenerationSettings> Read(std::string_view config, std::string_view generation,
                                const GenerationOptions& options = {},
                                bool lengths_of_config = false) {
  const auto own = JsonDocument::Parse(config, "config.json");
  const auto file = JsonDocument::Parse(generation, "generation_config.json");
  if (!own) return Fail(own.error());
  if (!file) return Fail(file.error());
  return ReadGenerationSettings({own->root(), file->root(), "summarization", lengths_of_config},
                                options);
}

GenerationSettings Good(std::string_view config, std::string_view generation = "null",
                        const GenerationOptions& options = {}, bool lengths_of_config = false) {
  const auto settings = Read(config, generation, options, lengths_of_config);
  EXPECT_TRUE(settings) << settings.error().message;
  return settings.value_or(GenerationSettings());
}

std::string Refused(std::string_view config, std::string_view generation = "null",
                    const GenerationOptions& options = {}) {
  const auto settings = Read(config, generation, options);
  if (settings) return "accepted";
  EXPECT_EQ(settings.error().code, ErrorCode::kInvalid);
  return settings.error().message;
}

TEST(GenerationSettings, AreTheDefaultsOfTheReferenceWhereNothingIsSaid) {
  const GenerationSettings settings = Good("{}");
  EXPECT_EQ(settings.max_length, 20);
  EXPECT_EQ(settings.num_beams, 1);
  EXPECT_EQ(settings.top_k, 50);
  EXPECT_FALSE(settings.do_sample);
  EXPECT_THAT(settings.eos, IsEmpty());
}

TEST(GenerationSettings, ComeFromTheirOwnFileAlone) {
  const GenerationSettings settings =
      Good(R"({"num_beams": 4, "eos_token_id": 7})", R"({"max_length": 30})");
  EXPECT_EQ(settings.max_length, 30);
  EXPECT_EQ(settings.num_beams, 1);
  EXPECT_THAT(settings.eos, IsEmpty());
}

TEST(GenerationSettings, ComeFromTheModelsFileWhenTheirOwnWasDerivedFromIt) {
  const GenerationSettings settings =
      Good(R"({"num_beams": 4, "eos_token_id": 7})",
           R"({"_from_model_config": true, "max_length": 30, "num_beams": 2})");
  EXPECT_EQ(settings.max_length, 20);
  EXPECT_EQ(settings.num_beams, 4);
  EXPECT_THAT(settings.eos, ElementsAre(7));
}

TEST(GenerationSettings, TaskSpecificParametersWin) {
  const std::string_view config =
      R"({"num_beams": 2, "task_specific_params": {"summarization": {"num_beams": 4,
          "early_stopping": true}, "translation_en_to_de": {"num_beams": 9}}})";
  EXPECT_EQ(Good(config).num_beams, 4);
  EXPECT_EQ(Good(config).early_stopping, EarlyStopping::kAtOnce);
  EXPECT_EQ(Good(config, R"({"num_beams": 3})").num_beams, 4);
}

TEST(GenerationSettings, OptionsWinOverAll) {
  GenerationOptions options;
  options.num_beams = 6;
  options.eos_token_ids = {{5, 6}};
  options.early_stopping = "never";
  const GenerationSettings settings =
      Good(R"({"task_specific_params": {"summarization": {"num_beams": 4}}, "eos_token_id": 1})",
           "null", options);
  EXPECT_EQ(settings.num_beams, 6);
  EXPECT_THAT(settings.eos, ElementsAre(5, 6));
  EXPECT_EQ(settings.early_stopping, EarlyStopping::kNever);
}

TEST(GenerationSettings, SummarizationTakesLengthsOfTheModelsFile) {
  // pipelines/text2text_generation.py passes config.min_length and config.max_length on.
  const std::string_view own = R"({"max_length": 99, "min_length": 9})";
  EXPECT_EQ(Good("{}", own).max_length, 99);
  EXPECT_EQ(Good("{}", own, {}, true).max_length, 20);
  EXPECT_EQ(Good("{}", own, {}, true).min_length, 0);
  EXPECT_EQ(Good(R"({"max_length": 50})", own, {}, true).max_length, 50);
}

TEST(GenerationSettings, ADecodersPartFillsGaps) {
  const GenerationSettings settings =
      Good(R"({"eos_token_id": 3, "decoder": {"eos_token_id": 8, "num_beams": 5}})");
  EXPECT_EQ(settings.num_beams, 5);
  EXPECT_THAT(settings.eos, ElementsAre(3));
}

TEST(GenerationSettings, KnowTheIdsOfTheModelsClass) {
  const GenerationSettings bart = Good(R"({"model_type": "bart"})");
  EXPECT_THAT(bart.eos, ElementsAre(2));
  EXPECT_THAT(bart.forced_eos, ElementsAre(2));
  EXPECT_EQ(bart.decoder_start, 2);
  // Not when generation has a file of its own.
  EXPECT_THAT(Good(R"({"model_type": "bart"})", R"({"max_length": 9})").eos, IsEmpty());
}

TEST(GenerationSettings, PaddingIsTheFirstEndWhereThereIsNone) {
  EXPECT_EQ(Good(R"({"eos_token_id": [4, 5]})").pad, 4);
  EXPECT_EQ(Good(R"({"eos_token_id": [4, 5], "pad_token_id": 0})").pad, 0);
}

TEST(GenerationSettings, NewTokensWinOverLength) {
  const GenerationSettings settings = Good(R"({"max_length": 9, "max_new_tokens": 30})");
  EXPECT_EQ(settings.LengthLimit(5).value_or(0), 35);
}

TEST(GenerationSettings, RefuseAMinimumAboveTheMaximum) {
  const auto limit = Good(R"({"max_length": 9, "min_length": 10})").LengthLimit(1);
  ASSERT_FALSE(limit);
  EXPECT_THAT(limit.error().message, AllOf(HasSubstr("min_length 10"), HasSubstr("length 9")));
}

TEST(GenerationSettings, RefuseWhatMakesNoSense) {
  EXPECT_THAT(Refused(R"({"num_beams": 0})"), HasSubstr("num_beams is 0"));
  EXPECT_THAT(Refused(R"({"temperature": 0.0})"), HasSubstr("temperature is 0"));
  EXPECT_THAT(Refused(R"({"top_p": 1.5})"), HasSubstr("top_p is 1.5"));
  EXPECT_THAT(Refused(R"({"top_k": -1})"), HasSubstr("top_k is -1"));
  EXPECT_THAT(Refused(R"({"repetition_penalty": -2})"), HasSubstr("repetition_penalty is -2"));
  EXPECT_THAT(Refused(R"({"max_new_tokens": 0})"), HasSubstr("max_new_tokens is 0"));
  EXPECT_THAT(Refused(R"({"bad_words_ids": [[]]})"), HasSubstr("bad_words_ids"));
  EXPECT_THAT(Refused(R"({"num_beams": "four"})"),
              AllOf(HasSubstr("config.json: num_beams"), HasSubstr("four")));
  EXPECT_THAT(Refused(R"({"early_stopping": "soon"})"), HasSubstr("not 'soon'"));
  GenerationOptions options;
  options.early_stopping = "maybe";
  EXPECT_THAT(Refused("{}", "null", options), HasSubstr("not 'maybe'"));
}

TEST(GenerationSettings, RefuseWhatIsNotFollowed) {
  EXPECT_THAT(Refused(R"({"num_beam_groups": 2})"), HasSubstr("num_beam_groups: 2"));
  EXPECT_THAT(Refused(R"({"typical_p": 0.9})"), HasSubstr("typical_p: 0.9"));
  EXPECT_THAT(Refused(R"({"penalty_alpha": 0.6})"), HasSubstr("penalty_alpha: 0.6"));
  EXPECT_THAT(Refused(R"({"force_words_ids": [[1]]})"), HasSubstr("force_words_ids"));
}

}  // namespace
}  // namespace permille
