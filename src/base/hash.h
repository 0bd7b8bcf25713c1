// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace permille {

/// XXH3 64-bit: fast, for ids of samples and seeds. Stable across machines.
std::uint64_t Hash64(std::string_view bytes, std::uint64_t seed = 0);
/// 16 lower-case hex digits of Hash64.
std::string HashHex(std::string_view bytes);
/// SHA-256 as 64 lower-case hex digits.
std::string Sha256(std::string_view bytes);
Result<std::string> Sha256File(const std::string& path);

}  // namespace permille
