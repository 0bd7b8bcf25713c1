// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/units.h"
#include "meter/meter.h"
#include "meter/proc_files.h"
#include "meter/sys_file.h"

namespace permille {

/// What the machine did and how much of it was ours: the counters behind record/window.h's
/// SystemLoad. Read at window edges, not in between. Not thread-safe.
class SystemLoadReader {
 public:
  /// `root`: prefix of /proc and /sys. On "/" our own time comes from the process clock, which has
  /// no ticks.
  explicit SystemLoadReader(std::string root);

  /// Cumulative CPU times now. own_busy: this process, the children it has waited for, and every
  /// added process with all its descendants. Fields that cannot be read are absent.
  SystemReading Read();
  /// Resident memory of this process and of the added ones with their descendants.
  std::optional<Bytes> OwnRss();
  /// MemTotal - MemAvailable.
  std::optional<Bytes> MachineUsed();

  /// Count `pid` and its descendants as ours from now on. One that has ended may stay added.
  void AddProcess(pid_t pid);
  /// Whether `pid` is this process, an added one, or a descendant of either.
  bool IsOurs(pid_t pid) const;

 private:
  std::optional<ProcessTimes> Process(const std::string& pid) const;
  std::unordered_map<pid_t, ProcessTimes> AddedTrees() const;
  std::optional<CoreSeconds> OwnTime() const;

  std::string root_;
  SysFile stat_;
  SysFile meminfo_;
  std::vector<pid_t> added_;
};

}  // namespace permille
