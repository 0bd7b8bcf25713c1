// SPDX-License-Identifier: Apache-2.0
#include "pipeline/log_sum_exp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace permille {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// By the definition, in long double.
double Defined(const std::vector<float>& values) {
  long double largest = -std::numeric_limits<long double>::infinity();
  for (const float value : values) largest = std::max(largest, static_cast<long double>(value));
  long double sum = 0;
  for (const float value : values) sum += std::exp(static_cast<long double>(value) - largest);
  return static_cast<double>(largest + std::log(sum));
}

std::vector<float> Scores(std::size_t count, float spread) {
  std::mt19937 engine(static_cast<unsigned>(count));
  std::vector<float> values(count);
  for (float& value : values) {
    value = (static_cast<float>(engine() % 2000001) / 1000000.0F - 1.0F) * spread;
  }
  return values;
}

TEST(LogSumExp, IsExactToFloatPrecisionAtEveryLength) {
  for (const std::size_t count : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 33U, 1000U, 50257U, 250880U}) {
    for (const float spread : {0.001F, 1.0F, 20.0F, 200.0F}) {
      const std::vector<float> values = Scores(count, spread);
      const double truth = Defined(values);
      EXPECT_NEAR(LogSumExp(values), truth, 2e-7 * std::max(1.0, std::abs(truth)))
          << count << " values, spread " << spread;
    }
  }
}

TEST(LogSumExp, DoesNotOverflow) {
  EXPECT_FLOAT_EQ(LogSumExp(std::vector<float>{3e38F, 1, 2}), 3e38F);
  EXPECT_FLOAT_EQ(LogSumExp(std::vector<float>(8, -1e30F)), -1e30F);
}

TEST(LogSumExp, TakesMinusInfinityForNothing) {
  std::vector<float> values(9, -kInfinity);
  values[4] = 1.5F;
  EXPECT_FLOAT_EQ(LogSumExp(values), 1.5F);
  EXPECT_EQ(LogSumExp(std::vector<float>(9, -kInfinity)), -kInfinity);
  EXPECT_EQ(LogSumExp({}), -kInfinity);
}

TEST(LogSumExp, TellsWhatIsNoNumber) {
  for (const float strange : {std::nanf(""), kInfinity}) {
    for (std::size_t at = 0; at < 9; ++at) {
      std::vector<float> values(9, 1);
      values[at] = strange;
      EXPECT_TRUE(std::isnan(LogSumExp(values))) << at;
      EXPECT_FALSE(FindLargest(values).finite) << at;
    }
  }
}

TEST(FindLargest, GivesTheFirstOfEquals) {
  EXPECT_EQ(FindLargest(std::vector<float>{1, 5, 2, 5, 5, 0, 5, 1, 5}).index, 1U);
  EXPECT_EQ(FindLargest(std::vector<float>{-7}).index, 0U);
  EXPECT_EQ(FindLargest(std::vector<float>{1, 1, 1, 1, 1, 1, 1, 1, 9}).index, 8U);
  const Largest banned = FindLargest(std::vector<float>{-kInfinity, -kInfinity, -3, -kInfinity});
  EXPECT_EQ(banned.index, 2U);
  EXPECT_TRUE(banned.finite);
}

TEST(AnyAbove, LooksAtEveryValue) {
  for (std::size_t size = 1; size < 12; ++size) {
    std::vector<float> values(size, -2);
    EXPECT_FALSE(AnyAbove(values, -2));
    for (std::size_t at = 0; at < size; ++at) {
      values[at] = -1.5F;
      EXPECT_TRUE(AnyAbove(values, -2)) << size << ' ' << at;
      values[at] = -2;
    }
    EXPECT_TRUE(AnyAbove(values, -kInfinity));
  }
}

}  // namespace
}  // namespace permille
