// SPDX-License-Identifier: Apache-2.0
#include "engine/tensor_engine.h"

#include <gmock/gmock.h>

namespace permille {
namespace {

using ::testing::HasSubstr;
using Kind = WeightsSource::Kind;

TEST(WeightsSource, ReadsItsFourForms) {
  EXPECT_EQ(WeightsSource::Parse("file")->kind, Kind::kInFile);
  EXPECT_EQ(WeightsSource::Parse("random")->seed, 0U);
  EXPECT_EQ(WeightsSource::Parse("random:18446744073709551615")->seed, 18446744073709551615U);
  EXPECT_EQ(WeightsSource::Parse("a/b.safetensors")->kind, Kind::kSafetensors);
  EXPECT_EQ(WeightsSource::Parse("a/b.safetensors")->path, "a/b.safetensors");
}

TEST(WeightsSource, RefusesAnythingElse) {
  for (const char* const spec : {"", "File", "random:", "random:x", "random:-1", "random:1x",
                                 "random:18446744073709551616", ".safetensors", "model.bin"}) {
    const auto source = WeightsSource::Parse(spec);
    ASSERT_FALSE(source) << spec;
    EXPECT_EQ(source.error().code, ErrorCode::kInvalid) << spec;
    EXPECT_THAT(source.error().message, HasSubstr(spec));
  }
}

TEST(SessionOptions, ValidateNamesTheValue) {
  const auto error = [](auto change) {
    SessionOptions options;
    change(options);
    const auto valid = options.Validate();
    return valid ? std::string("valid") : valid.error().message;
  };
  EXPECT_EQ(error([](SessionOptions&) {}), "valid");
  EXPECT_THAT(error([](auto& o) { o.threads = -1; }), HasSubstr("threads -1"));
  EXPECT_THAT(error([](auto& o) { o.optimisation = 3; }), HasSubstr("optimisation 3"));
  EXPECT_THAT(error([](auto& o) { o.time_limit = Seconds(0); }), HasSubstr("time limit 0 s"));
  EXPECT_THAT(error([](auto& o) { o.time_limit = Seconds(1e9); }), HasSubstr("at most"));
}

TEST(DType, NamesAndSizes) {
  EXPECT_EQ(Name(DType::kBFloat16), "bfloat16");
  EXPECT_EQ(SizeOf(DType::kBFloat16), 2U);
  EXPECT_EQ(Name(DType::kBool), "bool");
  EXPECT_EQ(SizeOf(DType::kInt64), 8U);
}

}  // namespace
}  // namespace permille
