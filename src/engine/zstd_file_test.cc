// SPDX-License-Identifier: Apache-2.0
#include "engine/zstd_file.h"

#include <gmock/gmock.h>
#include <zstd.h>

#include "engine/onnx_fixture_test.h"

namespace permille {
namespace {

using ::testing::HasSubstr;

std::span<const std::byte> BytesOf(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST(Zstd, RoundTripsAndRefusesTheRest) {
  const std::string packed = *ReadFile(OnnxFixture("mobilenet-v1.onnx.zst"));
  const auto whole = DecompressZstd(BytesOf(packed), "x.zst");
  ASSERT_TRUE(whole);
  EXPECT_GT(whole->size(), packed.size());
  const auto error = [](const std::string& bytes, std::size_t most) {
    const auto text = DecompressZstd(BytesOf(bytes), "x.zst", most);
    return text ? "no error" : text.error().message;
  };
  EXPECT_EQ(error(packed, whole->size()), "no error");
  EXPECT_THAT(error(packed, whole->size() - 1), HasSubstr("unpacks to more than"));
  EXPECT_THAT(error(packed.substr(0, packed.size() - 3), 1 << 30), HasSubstr("cut short"));
  EXPECT_THAT(error("not zstd at all", 1 << 30), HasSubstr("not a whole zstd file"));
  EXPECT_THAT(error("", 1 << 30), HasSubstr("cut short"));
}

TEST(Zstd, ABombOfZerosIsRefused) {
  // 100 MB of zeros pack to about 9 kB.
  std::string packed(std::size_t{1} << 20, '\0');
  const std::string zeros(100'000'000, '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), zeros.data(), zeros.size(), 19));
  const auto text = DecompressZstd(BytesOf(packed), "bomb.zst");
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message, HasSubstr("bomb.zst: unpacks to more than 67108864 bytes"));
}

}  // namespace
}  // namespace permille
