// SPDX-License-Identifier: Apache-2.0
#include "engine/safetensors.h"

#include <gmock/gmock.h>

#include "engine/onnx_fixture_test.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string File(const std::string& header, std::size_t data,
                 std::optional<std::uint64_t> claim = std::nullopt) {
  std::string bytes;
  const std::uint64_t length = claim.value_or(header.size());
  for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>((length >> (8 * i)) & 0xFF);
  return bytes + header + std::string(data, 'd');
}

Result<SafetensorsFile> Open(const std::string& bytes) {
  TempTree tree;
  tree.AddFile("m.safetensors", bytes);
  return SafetensorsFile::Open(tree.Path("m.safetensors"));
}

std::string OpenError(const std::string& bytes) {
  const auto file = Open(bytes);
  return file ? "no error" : file.error().message;
}

std::string OpenError(const std::string& header, std::size_t data) {
  return OpenError(File(header, data));
}

TEST(Safetensors, ReadsTheTable) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("b":{"dtype":"F16","shape":[],"data_offsets":[24,26]}})";
  const auto file = Open(File(header, 26));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->tensors.size(), 2U);
  EXPECT_THAT(file->tensors.at("a").shape, ElementsAre(2, 3));
  EXPECT_EQ(file->tensors.at("a").offset, 8 + header.size());
  EXPECT_EQ(file->tensors.at("b").type, DType::kFloat16);
  EXPECT_EQ(file->tensors.at("b").offset, 8 + header.size() + 24);
}

TEST(Safetensors, ReadsWhatTheirOwnLibraryWrote) {
  // Written by the safetensors package (tools/export/golden.py).
  const auto file = SafetensorsFile::Open(OnnxFixture("tiny-distilbert.safetensors"));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_THAT(file->tensors.at("distilbert.embeddings.word_embeddings.weight").shape,
              ElementsAre(120, 32));
}

TEST(Safetensors, ClaimsBeyondTheFileAreRefused) {
  EXPECT_THAT(OpenError(File("{}", 0, std::uint64_t{1} << 60)), HasSubstr("has 10 in all"));
  EXPECT_THAT(OpenError(File("{}", 0, ~std::uint64_t{0})), HasSubstr("cut short"));
  EXPECT_THAT(OpenError(std::string("1234567")), HasSubstr("7 bytes"));
  EXPECT_THAT(OpenError(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", 15),
              HasSubstr("tensor 'a': lies outside the file's 15 bytes"));
  EXPECT_THAT(
      OpenError(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[1152921504606846976,1152921504606846980]}})",
          4),
      HasSubstr("lies outside"));
}

TEST(Safetensors, TensorsCoverTheDataOnceAndWhole) {
  EXPECT_THAT(OpenError(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                        R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                        6),
              HasSubstr("overlap"));
  EXPECT_THAT(OpenError(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", 6),
              HasSubstr("hole"));
  EXPECT_THAT(OpenError(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 6),
              HasSubstr("2 bytes at the end"));
}

TEST(Safetensors, EntriesAreChecked) {
  EXPECT_THAT(OpenError("[]", 0), HasSubstr("not an object"));
  EXPECT_THAT(OpenError("{nonsense", 0), HasSubstr("m.safetensors"));
  EXPECT_THAT(OpenError(R"({"a":7})", 0), HasSubstr("needs dtype"));
  EXPECT_THAT(OpenError(R"({"a":{"dtype":"F33","shape":[],"data_offsets":[0,0]}})", 0),
              HasSubstr("unknown type F33"));
  EXPECT_THAT(OpenError(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}})", 0),
              HasSubstr("impossible shape"));
  EXPECT_THAT(
      OpenError(R"({"a":{"dtype":"F32","shape":[4611686018427387904,8],"data_offsets":[0,0]}})", 0),
      HasSubstr("impossible shape"));
  EXPECT_THAT(OpenError(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
              HasSubstr("4 bytes for a shape of 8"));
  EXPECT_THAT(OpenError(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4),
              HasSubstr("lies outside"));
}

}  // namespace
}  // namespace permille
