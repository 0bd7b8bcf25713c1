// SPDX-License-Identifier: Apache-2.0
#include "engine/random_fill.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <thread>

#include "base/hash.h"

namespace permille {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014) at position `index` of the stream that starts at `seed`.
std::uint64_t SplitMix(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

/// Sum of four uniform whole numbers of 16 bits, less its mean.
std::int32_t Bell(std::uint64_t bits) {
  constexpr std::int32_t kMean = 2 * 65535;
  const auto part = [&](unsigned shift) {
    return static_cast<std::int32_t>((bits >> shift) & 0xFFFF);
  };
  return part(0) + part(16) + part(32) + part(48) - kMean;
}

/// Standard deviation of Bell: four times (65536^2 - 1) / 12.
const double kBellStd = std::sqrt((65536.0 * 65536.0 - 1) / 3);

/// Round to nearest, ties to even; beyond the range: infinity (IEEE 754-2008 binary16).
std::uint16_t ToHalf(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
  const std::uint32_t rest = bits & 0x7FFFFFFF;
  if (rest > 0x7F800000) return static_cast<std::uint16_t>(sign | 0x7E00);
  if (rest >= 0x477FF000) return static_cast<std::uint16_t>(sign | 0x7C00);
  if (rest < 0x38800000) {
    // Subnormal: adding 0.5 lines the last bit up with 2^-24, and the hardware rounds.
    const float shifted = std::bit_cast<float>(rest) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3F000000));
  }
  const std::uint32_t odd = (rest >> 13) & 1;
  return static_cast<std::uint16_t>(sign | ((rest - 0x38000000 + 0xFFF + odd) >> 13));
}

float FromHalf(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1F;
  const std::uint32_t fraction = half & 0x3FF;
  if (exponent == 0) {
    const float value = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

std::uint16_t ToBrain(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return 0x7FC0;
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

void Put(DType type, float value, std::byte* at) {
  const auto store = [&](auto number) { std::memcpy(at, &number, sizeof number); };
  switch (type) {
    case DType::kFloat16:
      return store(ToHalf(value));
    case DType::kBFloat16:
      return store(ToBrain(value));
    case DType::kFloat64:
      return store(static_cast<double>(value));
    default:
      return store(value);
  }
}

/// Elements from `first` up to `last`.
void FillPart(const RandomFill& fill, std::size_t first, std::size_t last) {
  const auto scale = static_cast<float>(fill.std / kBellStd);
  const auto mean = static_cast<float>(fill.mean);
  const std::size_t size = SizeOf(fill.type);
  std::byte* const base = fill.bytes.data();
  if (fill.type == DType::kFloat32 && mean == 0) {
    // The common case, kept free of branches so that it runs as fast as memory.
    for (std::size_t i = first; i < last; ++i) {
      const float value = static_cast<float>(Bell(SplitMix(fill.seed, i))) * scale;
      std::memcpy(base + i * size, &value, sizeof value);
    }
    return;
  }
  for (std::size_t i = first; i < last; ++i) {
    const float deviation =
        fill.std == 0 ? 0.0F : static_cast<float>(Bell(SplitMix(fill.seed, i))) * scale;
    Put(fill.type, mean + deviation, base + i * size);
  }
}

}  // namespace

std::uint64_t TensorSeed(std::uint64_t seed, std::string_view tensor_name) {
  return SplitMix(Hash64(tensor_name, seed), 0);
}

void FillRandom(std::span<const RandomFill> fills) {
  constexpr std::size_t kPart = std::size_t{1} << 20;
  struct Part {
    const RandomFill* fill;
    std::size_t first;
    std::size_t last;
  };
  std::vector<Part> parts;
  for (const RandomFill& fill : fills) {
    const std::size_t elements = fill.bytes.size() / SizeOf(fill.type);
    for (std::size_t first = 0; first < elements; first += kPart) {
      parts.push_back({&fill, first, std::min(first + kPart, elements)});
    }
  }
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < parts.size(); i = next++) {
      FillPart(*parts[i].fill, parts[i].first, parts[i].last);
    }
  };
  const std::size_t helpers =
      std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()), parts.size());
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < helpers; ++i) threads.emplace_back(work);
  work();
}

std::string EncodeFloats(DType type, std::span<const float> values) {
  std::string bytes(values.size() * SizeOf(type), '\0');
  auto* const base = reinterpret_cast<std::byte*>(bytes.data());
  for (std::size_t i = 0; i < values.size(); ++i) Put(type, values[i], base + i * SizeOf(type));
  return bytes;
}

float DecodeFloat(DType type, const std::byte* at) {
  const auto load = [&](auto number) {
    std::memcpy(&number, at, sizeof number);
    return number;
  };
  switch (type) {
    case DType::kFloat16:
      return FromHalf(load(std::uint16_t{}));
    case DType::kBFloat16:
      return std::bit_cast<float>(static_cast<std::uint32_t>(load(std::uint16_t{})) << 16);
    case DType::kFloat64:
      return static_cast<float>(load(double{}));
    default:
      return load(float{});
  }
}

}  // namespace permille
