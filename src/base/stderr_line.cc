// SPDX-License-Identifier: Apache-2.0
#include "base/stderr_line.h"

#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <string>

namespace permille {
namespace {

constexpr std::string_view kClear = "\r\x1b[K";

/// The state of the one terminal that a program has: whether a progress line stands on it.
struct Terminal {
  std::mutex mutex;
  bool progress = false;  ///< guarded by mutex
};

Terminal& TheTerminal() {
  static Terminal terminal;
  return terminal;
}

void WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody is left to tell
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void WriteStderrLine(std::string_view line) {
  Terminal& terminal = TheTerminal();
  const std::lock_guard lock(terminal.mutex);
  std::string text;
  if (terminal.progress) text = kClear;
  terminal.progress = false;
  WriteAll(text.append(line).append("\n"));
}

void ShowProgressLine(std::string_view line) {
  Terminal& terminal = TheTerminal();
  const std::lock_guard lock(terminal.mutex);
  if (line.empty() && !terminal.progress) return;
  terminal.progress = !line.empty();
  WriteAll(std::string(kClear).append(line));
}

void KeepProgressLine() {
  Terminal& terminal = TheTerminal();
  const std::lock_guard lock(terminal.mutex);
  if (terminal.progress) WriteAll("\n");
  terminal.progress = false;
}

}  // namespace permille
