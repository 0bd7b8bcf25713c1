// SPDX-License-Identifier: Apache-2.0
#include "pipeline/log_sum_exp.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace permille {
namespace {

constexpr std::size_t kLanes = 4;  // 16 bytes: every x86-64 and 64-bit Arm has them
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Integers = std::int32_t __attribute__((vector_size(kLanes * sizeof(std::int32_t))));

Floats Load(const float* at) {
  Floats out;
  std::memcpy(&out, at, sizeof(out));
  return out;
}

/// exp(x) for x <= 0: x = n ln 2 + r, a polynomial for exp(r) (Cephes' expf, good to 1e-7), and n
/// added to the exponent. Below -87 it is 0.
Floats ExpOfNegative(Floats x) {
  const Floats low = Floats{} - 87.0F;
  const Integers tiny = x < low;
  x = tiny ? low : x;
  const Floats scaled = x * 1.44269504088896341F;
  // Rounds to nearest: adding and taking away 1.5 * 2^23 leaves whole numbers.
  const Floats whole = (scaled + 12582912.0F) - 12582912.0F;
  Floats r = x - whole * 0.693359375F;
  r = r + whole * 2.12194440e-4F;
  Floats p = r * 1.9875691500e-4F + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const Integers exponent = (__builtin_convertvector(whole, Integers) + 127) << 23;
  Floats power;
  std::memcpy(&power, &exponent, sizeof(power));
  return tiny ? Floats{} : p * power;
}

}  // namespace

Largest FindLargest(std::span<const float> values) {
  Largest found;
  const std::size_t whole = values.size() / kLanes * kLanes;
  constexpr float kLeast = -std::numeric_limits<float>::infinity();
  Floats best = {kLeast, kLeast, kLeast, kLeast};
  Integers strange = {};
  for (std::size_t i = 0; i < whole; i += kLanes) {
    const Floats x = Load(values.data() + i);
    strange |= x != x;
    best = x > best ? x : best;
  }
  found.value = kLeast;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    if (strange[lane] != 0) found.finite = false;
    if (best[lane] > found.value) found.value = best[lane];
  }
  for (std::size_t i = whole; i < values.size(); ++i) {
    if (std::isnan(values[i])) found.finite = false;
    if (values[i] > found.value) found.value = values[i];
  }
  if (found.value == std::numeric_limits<float>::infinity()) found.finite = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == found.value) {
      found.index = i;
      break;
    }
  }
  return found;
}

bool AnyAbove(std::span<const float> values, float bound) {
  const std::size_t whole = values.size() / kLanes * kLanes;
  const Floats bounds = Floats{} + bound;
  Integers above = {};
  for (std::size_t i = 0; i < whole; i += kLanes) above |= Load(values.data() + i) > bounds;
  bool any = (above[0] | above[1] | above[2] | above[3]) != 0;
  for (std::size_t i = whole; i < values.size(); ++i) any = any || values[i] > bound;
  return any;
}

float LogSumExp(std::span<const float> values) {
  if (values.empty()) return -std::numeric_limits<float>::infinity();
  const Largest largest = FindLargest(values);
  if (!largest.finite) return std::numeric_limits<float>::quiet_NaN();
  if (largest.value == -std::numeric_limits<float>::infinity()) return largest.value;
  const std::size_t whole = values.size() / kLanes * kLanes;
  // Partial sums of some thousand terms stay exact enough in float; they are added up in double.
  constexpr std::size_t kBlock = 1024 * kLanes;
  double total = 0;
  for (std::size_t begin = 0; begin < whole; begin += kBlock) {
    const std::size_t end = begin + kBlock < whole ? begin + kBlock : whole;
    Floats sum = {};
    for (std::size_t i = begin; i < end; i += kLanes) {
      sum += ExpOfNegative(Load(values.data() + i) - largest.value);
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) total += static_cast<double>(sum[lane]);
  }
  for (std::size_t i = whole; i < values.size(); ++i) {
    total += std::exp(static_cast<double>(values[i] - largest.value));
  }
  return static_cast<float>(static_cast<double>(largest.value) + std::log(total));
}

}  // namespace permille
