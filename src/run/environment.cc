// SPDX-License-Identifier: Apache-2.0
#include "run/environment.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <optional>
#include <string_view>

#include "base/file.h"
#include "base/hash.h"

#ifndef PERMILLE_VERSION
#define PERMILLE_VERSION "unknown"
#endif

namespace permille {
namespace {

// The value of the first "key : value" line of a /proc file.
std::optional<std::string> Field(const std::string& text, std::string_view key) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line(text.data() + at, end - at);
    at = end + 1;
    const std::size_t colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string_view::npos) continue;
    if (line.substr(key.size(), colon - key.size()).find_first_not_of(" \t") !=
        std::string_view::npos)
      continue;
    const std::size_t first = line.find_first_not_of(" \t", colon + 1);
    if (first != std::string_view::npos) return std::string(line.substr(first));
  }
  return std::nullopt;
}

}  // namespace

std::map<std::string, std::string> DescribeMachine(const std::string& sysfs_root) {
  std::map<std::string, std::string> facts;
  facts["permille"] = PERMILLE_VERSION;
  if (struct utsname name = {}; uname(&name) == 0) {
    // Tells machines apart without naming them.
    facts["host"] = HashHex(name.nodename);
    facts["kernel"] = std::string(name.sysname) + " " + name.release;
    facts["machine"] = name.machine;
  }
  facts["cores"] = std::to_string(sysconf(_SC_NPROCESSORS_ONLN));
  if (const auto cpuinfo = ReadFile(sysfs_root + "/proc/cpuinfo")) {
    if (auto model = Field(*cpuinfo, "model name")) facts["cpu"] = *model;
    const auto flags = Field(*cpuinfo, "flags");
    if (flags)
      facts["virtual_machine"] = flags->find(" hypervisor") != std::string::npos ? "yes" : "no";
  }
  if (const auto meminfo = ReadFile(sysfs_root + "/proc/meminfo")) {
    if (auto total = Field(*meminfo, "MemTotal")) facts["memory"] = *total;
  }
  const std::string governor = sysfs_root + "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
  if (auto text = ReadFile(governor)) {
    facts["governor"] = text->substr(0, text->find('\n'));
  }
  return facts;
}

}  // namespace permille
