// SPDX-License-Identifier: Apache-2.0
#include "prep/resize_passes.h"

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace permille {
namespace {

constexpr int kFraction = AxisWeights::kFractionBits;
constexpr std::int32_t kHalf = 1 << (kFraction - 1);

std::uint8_t Round(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kFraction, 0, 255));
}

template <std::size_t kChannels>
void SumPixels(const std::uint8_t* pixel, const std::int32_t* weights, std::size_t count,
               std::uint8_t* out) {
  std::array<std::int32_t, kChannels> sum;
  sum.fill(kHalf);
  for (std::size_t k = 0; k < count; ++k, pixel += kChannels) {
    for (std::size_t c = 0; c < kChannels; ++c) sum[c] += pixel[c] * weights[k];
  }
  for (std::size_t c = 0; c < kChannels; ++c) out[c] = Round(sum[c]);
}

void PlainRow(const std::uint8_t* in, std::size_t, std::size_t channels, const AxisWeights& axis,
              std::uint8_t* out) {
  const std::int32_t* weights = axis.weights.data();
  for (const AxisWeights::Window& window : axis.windows) {
    const std::uint8_t* pixel = in + window.first * channels;
    if (channels == 3) {
      SumPixels<3>(pixel, weights, window.count, out);
    } else {
      SumPixels<1>(pixel, weights, window.count, out);
    }
    weights += axis.stride;
    out += channels;
  }
}

void PlainColumns(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                  std::size_t count, std::size_t bytes, std::uint8_t* out) {
  for (std::size_t x = 0; x < bytes; ++x) {
    std::int32_t sum = kHalf;
    for (std::size_t k = 0; k < count; ++k) sum += rows[k * stride + x] * weights[k];
    out[x] = Round(sum);
  }
}

#if defined(__SSE2__)

/// Products of 8 by 24 bits, two at a time, where a processor has only 16 by 16: a weight is its
/// upper part times 2,048 plus its lower part.
constexpr int kLowBits = 11;

/// Two weights side by side, four times over, as _mm_madd_epi16 takes them.
struct WeightPair {
  __m128i high;
  __m128i low;

  WeightPair(std::int32_t first, std::int32_t second)
      : high(Pair(first >> kLowBits, second >> kLowBits)),
        low(Pair(first & kLowMask, second & kLowMask)) {}

 private:
  static constexpr std::int32_t kLowMask = (1 << kLowBits) - 1;
  static __m128i Pair(std::int32_t first, std::int32_t second) {
    const std::uint32_t lower = static_cast<std::uint32_t>(first) & 0xFFFF;
    const std::uint32_t both = static_cast<std::uint32_t>(second) << 16 | lower;
    return _mm_set1_epi32(static_cast<std::int32_t>(both));
  }
};

/// Four running sums.
struct Sums {
  __m128i high = _mm_setzero_si128();
  __m128i low = _mm_set1_epi32(kHalf);

  /// `pairs`: first and second pixel of each of four columns, 16 bits each.
  void Add(__m128i pairs, const WeightPair& weights) {
    high = _mm_add_epi32(high, _mm_madd_epi16(pairs, weights.high));
    low = _mm_add_epi32(low, _mm_madd_epi16(pairs, weights.low));
  }
  __m128i Rounded() const {
    return _mm_srai_epi32(_mm_add_epi32(_mm_slli_epi32(high, kLowBits), low), kFraction);
  }
};

/// Two RGB pixels; what follows them is not used.
__m128i LoadTwoPixels(const std::uint8_t* pixel, std::size_t readable, std::size_t count) {
  if (readable >= 8) return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pixel));
  std::array<std::uint8_t, 8> bytes{};
  std::memcpy(bytes.data(), pixel, 3 * count);
  return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes.data()));
}

void VectorRow(const std::uint8_t* in, std::size_t readable, std::size_t channels,
               const AxisWeights& axis, std::uint8_t* out) {
  if (channels != 3) return PlainRow(in, readable, channels, axis, out);
  const __m128i zero = _mm_setzero_si128();
  const std::int32_t* weights = axis.weights.data();
  for (const AxisWeights::Window& window : axis.windows) {
    Sums sums;
    for (std::size_t k = 0; k < window.count; k += 2) {
      const std::size_t at = (window.first + k) * 3;
      const bool two = k + 1 < window.count;
      const __m128i pixels = LoadTwoPixels(in + at, readable - at, two ? 2 : 1);
      const __m128i pairs = _mm_unpacklo_epi8(pixels, _mm_srli_si128(pixels, 3));
      sums.Add(_mm_unpacklo_epi8(pairs, zero), {weights[k], two ? weights[k + 1] : 0});
    }
    const __m128i words = _mm_packs_epi32(sums.Rounded(), zero);
    const std::int32_t rgb = _mm_cvtsi128_si32(_mm_packus_epi16(words, zero));
    std::memcpy(out, &rgb, 3);
    weights += axis.stride;
    out += 3;
  }
}

void SumSixteenColumns(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                       std::size_t count, std::uint8_t* out) {
  const __m128i zero = _mm_setzero_si128();
  std::array<Sums, 4> sums;
  for (std::size_t k = 0; k < count; k += 2) {
    const bool two = k + 1 < count;
    const std::uint8_t* first = rows + k * stride;
    const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(first));
    const __m128i b =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(two ? first + stride : first));
    const WeightPair pair(weights[k], two ? weights[k + 1] : 0);
    const __m128i lower = _mm_unpacklo_epi8(a, b);
    const __m128i upper = _mm_unpackhi_epi8(a, b);
    sums[0].Add(_mm_unpacklo_epi8(lower, zero), pair);
    sums[1].Add(_mm_unpackhi_epi8(lower, zero), pair);
    sums[2].Add(_mm_unpacklo_epi8(upper, zero), pair);
    sums[3].Add(_mm_unpackhi_epi8(upper, zero), pair);
  }
  const __m128i lower = _mm_packs_epi32(sums[0].Rounded(), sums[1].Rounded());
  const __m128i upper = _mm_packs_epi32(sums[2].Rounded(), sums[3].Rounded());
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(lower, upper));
}

void VectorColumns(const std::uint8_t* rows, std::size_t stride, const std::int32_t* weights,
                   std::size_t count, std::size_t bytes, std::uint8_t* out) {
  constexpr std::size_t kBlock = 16;
  if (bytes < kBlock) return PlainColumns(rows, stride, weights, count, bytes, out);
  for (std::size_t x = 0; x + kBlock <= bytes; x += kBlock)
    SumSixteenColumns(rows + x, stride, weights, count, out + x);
  // The last block overlaps the one before it.
  const std::size_t last = bytes - kBlock;
  if (bytes % kBlock != 0) SumSixteenColumns(rows + last, stride, weights, count, out + last);
}

constexpr ResizePasses kFast = {VectorRow, VectorColumns};
#else
constexpr ResizePasses kFast = {PlainRow, PlainColumns};
#endif

constexpr ResizePasses kPlain = {PlainRow, PlainColumns};

}  // namespace

const ResizePasses& FastResizePasses() {
  return kFast;
}

const ResizePasses& PlainResizePasses() {
  return kPlain;
}

}  // namespace permille
