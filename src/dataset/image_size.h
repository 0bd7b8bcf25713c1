// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace permille {

struct ImageSize {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

/// Read how many pixels a JPEG, PNG, WebP or BMP file says it has, without decoding it. kInvalid
/// names the file.
Result<ImageSize> ReadImageSize(const std::string& path);

}  // namespace permille
