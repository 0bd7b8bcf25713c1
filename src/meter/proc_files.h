// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/units.h"

// The few /proc texts that meters parse. Pure functions of text: see proc(5).

namespace permille {

/// The first line of /proc/stat: the whole machine since boot. `steal` is not part of `busy`; time
/// spent for guests is, because the kernel counts it in user and nice already.
struct CpuTimes {
  CoreSeconds user;
  CoreSeconds system;  ///< with interrupts
  CoreSeconds steal;   ///< 0 on kernels that do not state it
  CoreSeconds busy() const { return user + system; }
};
std::optional<CpuTimes> ParseCpuTimes(std::string_view proc_stat);

/// /proc/<pid>/stat.
struct ProcessTimes {
  pid_t parent = 0;
  CoreSeconds own;       ///< user and system time of all its threads
  CoreSeconds children;  ///< of the children it has waited for, and theirs
  Bytes resident;
};
std::optional<ProcessTimes> ParseProcessTimes(std::string_view proc_pid_stat);

/// /proc/meminfo.
struct MemoryState {
  Bytes total;
  Bytes available;
};
std::optional<MemoryState> ParseMemory(std::string_view proc_meminfo);

/// The value of the first "name : value" line, blanks trimmed; absent when there is none. For
/// /proc/cpuinfo and /proc/meminfo.
std::optional<std::string_view> FindField(std::string_view text, std::string_view name);

}  // namespace permille
