// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace permille {

/// Read a whole regular file (or a /proc, /sys entry). Errors name the path and the system's
/// reason: kNotFound when it does not exist, kUnavailable when permission is denied, kIo otherwise.
Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes = std::size_t{1} << 32);
/// Write atomically: to a temporary file beside `path`, synced, then renamed over it.
Result<void> WriteFile(const std::string& path, std::string_view text);

}  // namespace permille
