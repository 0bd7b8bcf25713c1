// SPDX-License-Identifier: Apache-2.0
#include "engine/zstd_file.h"

#include <zstd.h>

#include <algorithm>
#include <memory>

namespace permille {
namespace {

/// What a file of `packed` bytes may unpack to: real graphs shrink 10 to 100 times.
std::size_t Credible(std::size_t packed, std::size_t most) {
  constexpr std::size_t kAlways = std::size_t{64} << 20;
  constexpr std::size_t kRatio = 1000;
  return packed >= most / kRatio ? most : std::min(most, std::max(kAlways, packed * kRatio));
}

}  // namespace

Result<std::string> DecompressZstd(std::span<const std::byte> bytes, std::string_view origin,
                                   std::size_t most) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  // A window larger than 128 MiB asks for that much memory at once; `zstd -19` needs 8.
  constexpr int kLargestWindowLog = 27;
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kLargestWindowLog);
  const std::size_t credible = Credible(bytes.size(), most);
  std::string text;
  std::string chunk(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t state = 1;  // not zero: within a frame
  bool full = false;      // output may wait although all input is in
  while (in.pos < in.size || (full && state != 0)) {
    ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
    state = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(state) != 0) {
      return Fail(ErrorCode::kInvalid, "{}: not a whole zstd file: {}", origin,
                  ZSTD_getErrorName(state));
    }
    full = out.pos == out.size;
    if (text.size() + out.pos > credible) {
      return Fail(ErrorCode::kInvalid, "{}: unpacks to more than {} bytes", origin, credible);
    }
    text.append(chunk, 0, out.pos);
  }
  if (state != 0) return Fail(ErrorCode::kInvalid, "{}: not a whole zstd file: cut short", origin);
  return text;
}

}  // namespace permille
