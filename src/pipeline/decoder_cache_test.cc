// SPDX-License-Identifier: Apache-2.0
#include "pipeline/decoder_cache.h"

#include <gmock/gmock.h>

namespace permille {
namespace {

using ::testing::ElementsAre;

/// Rows of two numbers, ten times the row and one more.
class Rows : public HeldTensor {
 public:
  explicit Rows(std::size_t count) : shape_{static_cast<std::int64_t>(count), 2} {
    for (std::size_t i = 0; i < count; ++i) {
      numbers_.push_back(static_cast<float>(10 * i));
      numbers_.push_back(static_cast<float>(10 * i + 1));
    }
  }
  DType type() const override { return DType::kFloat32; }
  std::span<const std::int64_t> shape() const override { return shape_; }
  std::span<const std::byte> bytes() const override { return std::as_bytes(std::span(numbers_)); }

 private:
  std::vector<std::int64_t> shape_;
  std::vector<float> numbers_;
};

std::vector<std::size_t> FirstNumbers(const HeldTensor& tensor) {
  const auto* const numbers = reinterpret_cast<const float*>(tensor.bytes().data());
  std::vector<std::size_t> rows;
  for (std::int64_t i = 0; i < tensor.shape()[0]; ++i) {
    rows.push_back(static_cast<std::size_t>(numbers[2 * i]) / 10);
    EXPECT_EQ(numbers[2 * i + 1], numbers[2 * i] + 1) << "a row was torn";
  }
  return rows;
}

TEST(CarriedTensor, MovesRowsInEveryOrder) {
  // Every map of up to five rows onto themselves: chains, rings, and both at once.
  for (std::size_t count = 1; count <= 5; ++count) {
    std::vector<std::size_t> rows(count);
    while (true) {
      CarriedTensor carried;
      carried.Take(std::make_unique<Rows>(count));
      carried.Gather(rows);
      ASSERT_EQ(FirstNumbers(*carried.tensor()), rows);
      std::size_t digit = 0;
      while (digit < count && ++rows[digit] == count) rows[digit++] = 0;
      if (digit == count) break;
    }
  }
}

TEST(CarriedTensor, MovesRowsWhereTheyLie) {
  CarriedTensor carried;
  auto rows = std::make_unique<Rows>(3);
  const std::byte* const memory = rows->bytes().data();
  carried.Take(std::move(rows));
  const std::size_t order[] = {2, 1, 0};
  carried.Gather(order);
  EXPECT_EQ(carried.tensor()->bytes().data(), memory);
}

TEST(CarriedTensor, SpreadsRows) {
  CarriedTensor carried;
  carried.Take(std::make_unique<Rows>(2));
  const std::size_t spread[] = {1, 1, 0, 0, 1};
  carried.Gather(spread);
  EXPECT_THAT(FirstNumbers(*carried.tensor()), ElementsAre(1, 1, 0, 0, 1));
  const std::size_t fewer[] = {0, 3};
  carried.Gather(fewer);
  EXPECT_THAT(FirstNumbers(*carried.tensor()), ElementsAre(1, 0));
  carried.Clear();
  EXPECT_EQ(carried.tensor(), nullptr);
  carried.Gather(fewer);
}

TEST(DecoderCache, KeepsTheFirstOfWhatTheEncoderDetermines) {
  DecoderCache cache;
  const std::size_t cross = cache.Slot("0.encoder.key");
  const std::size_t own = cache.Slot("0.decoder.key");
  EXPECT_EQ(cache.Slot("0.encoder.key"), cross);
  EXPECT_EQ(cache.size(), 2U);
  for (const std::size_t slot : {cross, own}) {
    cache.Take(slot, std::make_unique<Rows>(1));
    cache.Take(slot, std::make_unique<Rows>(2));
  }
  EXPECT_EQ(cache.tensor(cross)->shape()[0], 1);
  EXPECT_EQ(cache.tensor(own)->shape()[0], 2);
}

TEST(DecoderCache, TellsCachesByName) {
  EXPECT_EQ(DecoderCache::PastKey("past_key_values.3.decoder.key"), "3.decoder.key");
  EXPECT_EQ(DecoderCache::PresentKey("present.3.decoder.key"), "3.decoder.key");
  EXPECT_EQ(DecoderCache::PresentKey("present_key_values.0.value"), "0.value");
  EXPECT_EQ(DecoderCache::PastKey("input_ids"), "");
  EXPECT_EQ(DecoderCache::PresentKey("logits"), "");
}

}  // namespace
}  // namespace permille
