// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tensor_engine.h"

namespace permille {

/// What a tensor of random weights is filled with.
struct RandomFill {
  DType type = DType::kFloat32;
  double std = 0;  ///< of the values around `mean`; 0: every value is `mean`
  double mean = 0;
  std::uint64_t seed = 0;  ///< of this tensor: TensorSeed
  std::span<std::byte> bytes;
};

/// A tensor's own seed: the same for the same run seed and name, whatever else the graph holds.
std::uint64_t TensorSeed(std::uint64_t seed, std::string_view tensor_name);

/// Fill all, on every core. Value i of a tensor depends on its seed and i alone, and is made by
/// whole-number arithmetic and one multiplication: the same bytes on every machine and for every
/// number of threads. The values are bell-shaped (sum of four uniform 16-bit numbers; Irwin 1927,
/// Hall 1927), within 3.5 std.
void FillRandom(std::span<const RandomFill> fills);

/// Numbers as a tensor of a float type, and back. kFloat32, kFloat16, kBFloat16 and kFloat64.
std::string EncodeFloats(DType type, std::span<const float> values);
float DecodeFloat(DType type, const std::byte* at);

}  // namespace permille
