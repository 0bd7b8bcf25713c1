// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <array>
#include <atomic>
#include <cstdlib>

#include "base/stderr_line.h"

namespace permille {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"error", "warning", "info", "debug"};

LogLevel LevelFromEnvironment() {
  const char* wanted = std::getenv("PERMILLE_LOG");
  for (std::size_t i = 0; wanted != nullptr && i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == wanted) return static_cast<LogLevel>(i);
  }
  return LogLevel::kInfo;
}

std::atomic<LogLevel>& Level() {
  static std::atomic<LogLevel> level{LevelFromEnvironment()};
  return level;
}

}  // namespace

void SetLogLevel(LogLevel level) {
  Level() = level;
}

void LogLine(LogLevel level, std::string_view text) {
  if (level > Level().load()) return;
  const std::string_view name = kLevelNames[static_cast<std::size_t>(level)];
  WriteStderrLine(level == LogLevel::kInfo ? fmt::format("permille: {}", text)
                                           : fmt::format("permille: {}: {}", name, text));
}

}  // namespace permille
