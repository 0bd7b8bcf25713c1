// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace permille {

/// Decompress one Zstandard file held in memory. Refused (kInvalid): more than `most` bytes
/// whatever the header claims; more than 64 MiB that is more than a thousand times the file;
/// damage; a cut-off end. Memory grows with what really comes out, never with a claim.
Result<std::string> DecompressZstd(std::span<const std::byte> bytes, std::string_view origin,
                                   std::size_t most = std::size_t{1} << 31);

}  // namespace permille
