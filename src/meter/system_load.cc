// SPDX-License-Identifier: Apache-2.0
#include "meter/system_load.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace permille {
namespace {

CoreSeconds FromTimeval(const timeval& time) {
  return CoreSeconds(static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec));
}

/// A parent chain longer than this is a loop made by processes that came and went while we looked.
constexpr int kDeepestTree = 1000;

}  // namespace

SystemLoadReader::SystemLoadReader(std::string root)
    : root_(std::move(root)),
      stat_(UnderRoot(root_, "proc/stat")),
      meminfo_(UnderRoot(root_, "proc/meminfo")) {}

SystemReading SystemLoadReader::Read() {
  SystemReading reading;
  std::array<char, 512> buffer;
  if (const auto times = ParseCpuTimes(stat_.Read(buffer).text)) {
    reading.machine_busy = times->busy();
    reading.steal = times->steal;
  }
  reading.own_busy = OwnTime();
  if (const auto online = ReadSysText(UnderRoot(root_, "sys/devices/system/cpu/online"))) {
    reading.cores = static_cast<int>(ParseCpuList(*online).size());
  }
  if (reading.cores == 0) reading.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  return reading;
}

std::optional<CoreSeconds> SystemLoadReader::OwnTime() const {
  CoreSeconds own;
  if (UnderRoot(root_, "") == "/") {
    timespec now{};
    rusage children{};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) return std::nullopt;
    if (getrusage(RUSAGE_CHILDREN, &children) != 0) return std::nullopt;
    own = CoreSeconds(static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec)) +
          FromTimeval(children.ru_utime) + FromTimeval(children.ru_stime);
  } else {
    const auto self = Process("self");
    if (!self) return std::nullopt;
    own = self->own + self->children;
  }
  for (const auto& [pid, times] : AddedTrees()) own += times.own + times.children;
  return own;
}

std::optional<Bytes> SystemLoadReader::OwnRss() {
  const auto self = Process("self");
  if (!self) return std::nullopt;
  Bytes total = self->resident;
  for (const auto& [pid, times] : AddedTrees()) total += times.resident;
  return total;
}

std::optional<Bytes> SystemLoadReader::MachineUsed() {
  std::array<char, 4096> buffer;
  const auto memory = ParseMemory(meminfo_.Read(buffer).text);
  if (!memory) return std::nullopt;
  return memory->total - memory->available;
}

void SystemLoadReader::AddProcess(pid_t pid) {
  if (pid > 0 && pid != getpid() && std::ranges::find(added_, pid) == added_.end()) {
    added_.push_back(pid);
  }
}

bool SystemLoadReader::IsOurs(pid_t pid) const {
  for (int depth = 0; pid > 1 && depth < kDeepestTree; ++depth) {
    if (pid == getpid() || std::ranges::find(added_, pid) != added_.end()) return true;
    const auto times = Process(fmt::format("{}", pid));
    if (!times) return false;
    pid = times->parent;
  }
  return false;
}

std::optional<ProcessTimes> SystemLoadReader::Process(const std::string& pid) const {
  std::array<char, 1024> buffer;
  SysFile file(UnderRoot(root_, "proc/" + pid + "/stat"));
  return ParseProcessTimes(file.Read(buffer).text);
}

/// Every added process that lives, with its descendants. Goes through all of /proc: a process
/// states its parent, and its children only on kernels built for it.
std::unordered_map<pid_t, ProcessTimes> SystemLoadReader::AddedTrees() const {
  std::unordered_map<pid_t, ProcessTimes> all;
  if (added_.empty()) return all;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(UnderRoot(root_, "proc"), ignored)) {
    const std::string name = entry.path().filename();
    const auto pid = ParseCount(name);
    if (!pid) continue;
    if (const auto times = Process(name)) all.emplace(static_cast<pid_t>(*pid), *times);
  }
  const pid_t self = getpid();
  const auto is_added = [&](pid_t pid) {
    for (int depth = 0; depth < kDeepestTree && pid != self; ++depth) {
      if (std::ranges::find(added_, pid) != added_.end()) return true;
      const auto found = all.find(pid);
      if (found == all.end()) return false;
      pid = found->second.parent;
    }
    return false;
  };
  std::unordered_map<pid_t, ProcessTimes> trees;
  for (const auto& [pid, times] : all) {
    if (is_added(pid)) trees.emplace(pid, times);
  }
  return trees;
}

}  // namespace permille
