// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace permille {

/// Lines for the user on stderr, one write each. stdout belongs to results alone.
enum class LogLevel { kError, kWarning, kInfo, kDebug };
/// Lines above this level are dropped. Default kInfo; PERMILLE_LOG=error|warning|info|debug sets
/// it.
void SetLogLevel(LogLevel level);
void LogLine(LogLevel level, std::string_view text);

template <class... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void LogDebug(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace permille
