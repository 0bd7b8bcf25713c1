// SPDX-License-Identifier: Apache-2.0
#include "engine/zstd_file.h"

#include <zstd.h>

#include <memory>

namespace permille {

Result<std::string> DecompressZstd(std::span<const std::byte> bytes, std::string_view origin,
                                   std::size_t most) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  // A window larger than 128 MiB asks for that much memory at once; `zstd -19` needs 8.
  constexpr int kLargestWindowLog = 27;
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kLargestWindowLog);
  std::string text;
  std::string chunk(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t state = 1;  // not zero: within a frame
  while (in.pos < in.size) {
    ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
    state = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(state) != 0) {
      return Fail(ErrorCode::kInvalid, "{}: not a whole zstd file: {}", origin,
                  ZSTD_getErrorName(state));
    }
    if (text.size() + out.pos > most) {
      return Fail(ErrorCode::kInvalid, "{}: unpacks to more than {} bytes", origin, most);
    }
    text.append(chunk, 0, out.pos);
    // Output may wait although all input is in.
    while (out.pos == out.size && in.pos == in.size && state != 0) {
      out.pos = 0;
      state = ZSTD_decompressStream(context.get(), &out, &in);
      if (ZSTD_isError(state) != 0) break;
      if (text.size() + out.pos > most) {
        return Fail(ErrorCode::kInvalid, "{}: unpacks to more than {} bytes", origin, most);
      }
      text.append(chunk, 0, out.pos);
    }
  }
  if (state != 0) return Fail(ErrorCode::kInvalid, "{}: not a whole zstd file: cut short", origin);
  return text;
}

}  // namespace permille
