// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace permille {

/// How a child's output stream is treated.
enum class Stream {
  kInherit,   ///< the parent's own
  kToStderr,  ///< the child's stdout goes to the parent's stderr
  kPipe,      ///< drained by us and handed to a callback; never blocks the child
  kNull,
};

struct SubprocessOptions {
  Stream out = Stream::kInherit;
  Stream err = Stream::kInherit;
  bool feed_stdin = false;  ///< true: stdin is a pipe written with Write(); false: inherited
  std::vector<std::string> extra_environment;  ///< NAME=value, added to the parent's
};

/// How a child ended and what it used.
struct ExitStatus {
  std::optional<int> code;    ///< when it exited by itself
  std::optional<int> signal;  ///< when a signal ended it
  CoreSeconds user;
  CoreSeconds system;
};

/// One child process, in a process group of its own. Destroying the object kills the group (TERM,
/// then KILL after 2 s) and always reaps. Not thread-safe but for Signal.
class Subprocess {
 public:
  /// Start `argv` (argv[0] searched in PATH). kNotFound when there is no such program, kUnavailable
  /// when it may not be executed: reported from the child through a pipe, so a bad name is known
  /// here.
  static Result<std::unique_ptr<Subprocess>> Start(const std::vector<std::string>& argv,
                                                   SubprocessOptions options = {});
  virtual ~Subprocess() = default;

  virtual pid_t pid() const = 0;
  /// Send a signal to the child's group.
  virtual void Signal(int signal) = 0;
  virtual Result<void> Write(std::string_view bytes) = 0;
  virtual void CloseStdin() = 0;
  /// Next line (without newline) of a piped stdout; absent at end of stream. kTimeout if none came
  /// in time.
  virtual Result<std::optional<std::string>> ReadLine(Seconds timeout) = 0;
  /// Everything piped so far and until the streams close.
  virtual Result<std::string> ReadAll() = 0;
  /// Drained stderr when piped (last 64 KiB).
  virtual std::string ErrorText() const = 0;
  /// Wait for the end. While waiting, SIGINT, SIGTERM and SIGHUP that reach us are forwarded to the
  /// child when `forward_signals`.
  virtual Result<ExitStatus> Wait(bool forward_signals = false) = 0;
  /// Absent while it runs.
  virtual std::optional<ExitStatus> Poll() = 0;
};

}  // namespace permille
