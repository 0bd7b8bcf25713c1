// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "base/units.h"

namespace permille {

/// The reading ends of a child's stdout and stderr, emptied by a thread so that the child is never
/// held up. Keeps the last 64 KiB of stderr, and of stdout what nobody has taken yet; a child that
/// runs 256 MiB ahead of its reader is held back after all, so that it cannot fill memory.
/// Thread-safe.
class Drain {
 public:
  /// Take ownership of two descriptors; -1 for a stream that is not piped.
  Drain(int out, int err);
  ~Drain();
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  /// Next line of stdout without its newline; absent at the end. kTimeout if none came in time, kIo
  /// for a line that never ends.
  Result<std::optional<std::string>> ReadLine(Seconds timeout);
  /// The rest of stdout, once it is closed.
  std::string ReadAll();
  std::string ErrorText() const;
  /// Wait until all that was written so far has been read.
  void Settle();

 private:
  enum Slot { kOut, kErr, kWake };
  void Loop();
  /// Read one stream until it is empty, full or closed.
  void Empty(Slot slot, std::string& buffer);
  std::optional<std::string> TakeLine();
  void Wake();

  std::array<int, 3> fds_;  ///< kOut and kErr: used by the thread alone; kWake: an eventfd
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_.
  std::string out_;
  std::size_t taken_ = 0;    ///< bytes of out_ already handed out
  std::size_t scanned_ = 0;  ///< bytes of out_ known to hold no newline after taken_
  std::string err_;
  bool out_open_;
  bool err_open_;
  bool stop_ = false;
  std::size_t settle_wanted_ = 0;
  std::size_t settle_done_ = 0;
  std::jthread thread_;  ///< last, so that it is joined before the rest goes
};

}  // namespace permille
