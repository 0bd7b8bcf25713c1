// SPDX-License-Identifier: Apache-2.0
#include "engine/random_fill.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/hash.h"

namespace permille {
namespace {

std::vector<float> Drawn(std::size_t count, double std, std::uint64_t seed) {
  std::vector<float> values(count);
  const RandomFill fill{DType::kFloat32, std, 0, seed, std::as_writable_bytes(std::span(values))};
  FillRandom({&fill, 1});
  return values;
}

TEST(RandomFill, TheFirstValueFollowsFromThePublishedGenerator) {
  // SplitMix64 from seed 0 gives 0xE220A8397B1DCDAF first (Vigna's splitmix64.c; Java's
  // SplittableRandom).
  constexpr std::int32_t kSum = 0xE220 + 0xA839 + 0x7B1D + 0xCDAF - 2 * 65535;
  const double expected = kSum / std::sqrt((65536.0 * 65536.0 - 1) / 3);
  EXPECT_FLOAT_EQ(Drawn(1, 1, 0)[0], static_cast<float>(expected));
}

TEST(RandomFill, TheSameBytesOnEveryMachine) {
  // Nothing but whole numbers and one multiplication: this hash of the first run must hold
  // everywhere.
  const std::vector<float> values = Drawn(3'000'000, 0.05, TensorSeed(7, "layer.weight"));
  EXPECT_EQ(HashHex({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)}),
            "f0fed5193df9e539");
}

TEST(RandomFill, APrefixDoesNotDependOnWhatFollows) {
  const std::vector<float> few = Drawn(100, 1, 9);
  const std::vector<float> many = Drawn(2'500'000, 1, 9);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
}

TEST(RandomFill, HasTheMeanAndSpreadAskedFor) {
  const std::vector<float> values = Drawn(1'000'000, 0.25, 3);
  double sum = 0;
  double squares = 0;
  float largest = 0;
  for (const float v : values) {
    sum += v;
    squares += double{v} * v;
    largest = std::max(largest, std::abs(v));
  }
  const double mean = sum / 1e6;
  EXPECT_NEAR(mean, 0, 5 * 0.25 / 1e3);  // five standard errors
  EXPECT_NEAR(std::sqrt(squares / 1e6 - mean * mean), 0.25, 5 * 0.25 / std::sqrt(2e6));
  EXPECT_LT(largest, 0.25 * 3.5);
  EXPECT_GT(largest, 0.25 * 3.0);
}

TEST(RandomFill, SeedsAndNamesGiveDifferentStreams) {
  EXPECT_NE(TensorSeed(0, "a"), TensorSeed(1, "a"));
  EXPECT_NE(TensorSeed(0, "a"), TensorSeed(0, "b"));
  EXPECT_NE(Drawn(4, 1, TensorSeed(0, "a")), Drawn(4, 1, TensorSeed(0, "b")));
}

TEST(RandomFill, ConstantsFill) {
  std::vector<float> ones(5);
  const RandomFill fill{DType::kFloat32, 0, 1, 42, std::as_writable_bytes(std::span(ones))};
  FillRandom({&fill, 1});
  EXPECT_EQ(ones, std::vector<float>(5, 1.0F));
}

std::uint16_t Encoded16(DType type, float value) {
  const std::string bytes = EncodeFloats(type, {&value, 1});
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes.data(), sizeof bits);
  return bits;
}

TEST(RandomFill, HalvesRoundAsIeee754Says) {
  // Values of IEEE 754-2008 binary16 (Wikipedia, "Half-precision floating-point format").
  for (const auto& [value, bits] :
       std::vector<std::pair<float, std::uint16_t>>{{0.0F, 0x0000},
                                                    {-0.0F, 0x8000},
                                                    {1.0F, 0x3C00},
                                                    {-2.0F, 0xC000},
                                                    {65504.0F, 0x7BFF},
                                                    {0.333251953F, 0x3555},
                                                    {0x1p-14F, 0x0400},
                                                    {0x1p-24F, 0x0001},
                                                    {0x1.FF8p-15F, 0x03FF},
                                                    {1.00097656F, 0x3C01}}) {
    EXPECT_EQ(Encoded16(DType::kFloat16, value), bits) << value;
    EXPECT_EQ(DecodeFloat(DType::kFloat16, reinterpret_cast<const std::byte*>(&bits)), value);
  }
  EXPECT_EQ(Encoded16(DType::kFloat16, 65520.0F), 0x7C00);  // rounds to infinity
  EXPECT_EQ(Encoded16(DType::kFloat16, 65519.0F), 0x7BFF);
  EXPECT_EQ(Encoded16(DType::kFloat16, 1 + 0x1p-11F), 0x3C00);  // a tie goes to even
  EXPECT_EQ(Encoded16(DType::kFloat16, 1 + 0x3p-11F), 0x3C02);
  EXPECT_EQ(Encoded16(DType::kFloat16, 0x1p-26F), 0x0000);
  EXPECT_EQ(Encoded16(DType::kFloat16, std::numeric_limits<float>::infinity()), 0x7C00);
  EXPECT_EQ(Encoded16(DType::kFloat16, std::numeric_limits<float>::quiet_NaN()) & 0x7E00, 0x7E00);
}

TEST(RandomFill, BrainFloatsAreTheUpperHalfRounded) {
  EXPECT_EQ(Encoded16(DType::kBFloat16, 1.0F), 0x3F80);
  EXPECT_EQ(Encoded16(DType::kBFloat16, 1 + 0x1p-8F), 0x3F80);  // tie to even
  EXPECT_EQ(Encoded16(DType::kBFloat16, 1 + 0x3p-8F), 0x3F82);
  const std::uint16_t bits = 0xC000;
  EXPECT_EQ(DecodeFloat(DType::kBFloat16, reinterpret_cast<const std::byte*>(&bits)), -2.0F);
}

}  // namespace
}  // namespace permille
