// SPDX-License-Identifier: Apache-2.0
#include "engine/zstd_file.h"
#include "fuzz_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMost = std::size_t{1} << 20;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto text = permille::DecompressZstd(bytes, "input", kMost);
  permille::Require(!text || text->size() <= kMost, "never more than was allowed");
  return 0;
}
