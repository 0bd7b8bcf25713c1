// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace permille {

/// Write one whole line (a newline is added) to stderr with a single write. Where a progress line
/// stands on the terminal it is cleared first. Thread-safe.
void WriteStderrLine(std::string_view line);

/// Show `line` in place of the progress line on the terminal; an empty one clears it. Thread-safe.
void ShowProgressLine(std::string_view line);

/// Leave the progress line on the terminal as it is and go on below it. Thread-safe.
void KeepProgressLine();

}  // namespace permille
