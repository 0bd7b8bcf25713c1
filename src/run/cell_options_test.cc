// SPDX-License-Identifier: Apache-2.0
#include "run/cell_options.h"

#include <gmock/gmock.h>

namespace permille {
namespace {

using ::testing::HasSubstr;

std::string Refusal(const std::map<std::string, std::string>& options) {
  const auto parsed = ParseTaskOptions(options);
  return parsed ? "" : parsed.error().message;
}

// What a study says is what the record of the run says again.
TEST(CellOptions, AreThoseThatRecordsName) {
  const std::map<std::string, std::string> options = {
      {"max_new_tokens", "10"},   {"min_length", "0"},        {"num_beams", "4"},
      {"length_penalty", "0.5"},  {"ignore_eos", "on"},       {"steps", "2"},
      {"scheduler", "ddim"},      {"guidance_scale", "1"},    {"aggregation", "simple"},
      {"max_answer_tokens", "7"}, {"early_stopping", "true"}, {"seed", "3"}};
  const auto parsed = ParseTaskOptions(options);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(Stated(*parsed), options);
}
TEST(CellOptions, AnUnknownOneIsToldWithItsNeighbour) {
  EXPECT_THAT(Refusal({{"max_new_token", "10"}}), HasSubstr("did you mean 'max_new_tokens'?"));
}
TEST(CellOptions, AValueOfAnotherKindIsRefused) {
  EXPECT_THAT(Refusal({{"steps", "two"}}), HasSubstr("steps: 'two' is not a whole number"));
  EXPECT_THAT(Refusal({{"steps", "2.5"}}), HasSubstr("steps: '2.5'"));
  EXPECT_THAT(Refusal({{"steps", "nan"}}), HasSubstr("steps: 'nan'"));
  EXPECT_THAT(Refusal({{"top_p", "much"}}), HasSubstr("top_p: 'much' is not a number"));
  EXPECT_THAT(Refusal({{"do_sample", "maybe"}}), HasSubstr("true or false"));
  EXPECT_THAT(Refusal({{"seed", "-1"}}), HasSubstr("seed: '-1'"));
}
TEST(CellOptions, WhatNoTaskTakesIsRefused) {
  EXPECT_THAT(Refusal({{"steps", "0"}}), HasSubstr("options: steps: 0 is not in 1..1000000"));
  EXPECT_THAT(Refusal({{"min_length", "-1"}}), HasSubstr("min_length: -1 is not in 0..1000000"));
  EXPECT_THAT(Refusal({{"num_beams", "1e7"}}), HasSubstr("num_beams: 10000000 is not in 1.."));
  EXPECT_THAT(Refusal({{"temperature", "0"}}), HasSubstr("temperature: 0 is not positive"));
  EXPECT_THAT(Refusal({{"repetition_penalty", "-2"}}), HasSubstr("-2 is not positive"));
  EXPECT_THAT(Refusal({{"top_p", "1.5"}}), HasSubstr("top_p: 1.5 is not in (0, 1]"));
}

}  // namespace
}  // namespace permille
