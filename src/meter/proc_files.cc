// SPDX-License-Identifier: Apache-2.0
#include "meter/proc_files.h"

#include <unistd.h>

#include <array>
#include <charconv>

#include "meter/sys_file.h"

namespace permille {
namespace {

/// Take the next blank-separated word off `text`; empty at the end.
std::string_view NextWord(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return text = {};
  const std::size_t end = text.find_first_of(" \t\n", begin);
  const std::string_view word = text.substr(begin, end - begin);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  return word;
}

CoreSeconds FromTicks(std::uint64_t ticks) {
  static const double per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  return CoreSeconds(static_cast<double>(ticks) / per_second);
}

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::optional<Bytes> Kibibytes(std::string_view text, std::string_view name) {
  const auto value = FindField(text, name);
  if (!value || !value->ends_with(" kB")) return std::nullopt;
  const auto count = ParseCount(Trim(value->substr(0, value->size() - 3)));
  if (!count) return std::nullopt;
  return Bytes(static_cast<double>(*count) * 1024);
}

}  // namespace

std::optional<CpuTimes> ParseCpuTimes(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  if (NextWord(text) != "cpu") return std::nullopt;
  enum { kUser, kNice, kSystem, kIdle, kIowait, kIrq, kSoftirq, kSteal, kFields };
  std::array<std::uint64_t, kFields> ticks{};
  int found = 0;
  for (; found < kFields; ++found) {
    const std::string_view word = NextWord(text);
    if (word.empty()) break;
    const auto value = ParseCount(word);
    if (!value) return std::nullopt;
    ticks[static_cast<std::size_t>(found)] = *value;
  }
  if (found <= kIdle) return std::nullopt;
  CpuTimes times;
  times.user = FromTicks(ticks[kUser] + ticks[kNice]);
  times.system = FromTicks(ticks[kSystem] + ticks[kIrq] + ticks[kSoftirq]);
  times.steal = FromTicks(ticks[kSteal]);
  return times;
}

std::optional<ProcessTimes> ParseProcessTimes(std::string_view text) {
  // The second field is the program's name in parentheses and may hold anything, parentheses
  // included.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  text = text.substr(name_end + 1);
  constexpr int kParent = 4, kUser = 14, kSystem = 15, kChildUser = 16, kChildSystem = 17,
                kRss = 24;
  std::array<std::uint64_t, kRss + 1> fields{};
  for (int field = 3; field <= kRss; ++field) {
    const std::string_view word = NextWord(text);
    if (word.empty()) return std::nullopt;
    // Fields that can be negative or are letters are none of ours.
    fields[static_cast<std::size_t>(field)] = ParseCount(word).value_or(0);
  }
  static const double page = static_cast<double>(sysconf(_SC_PAGESIZE));
  ProcessTimes times;
  times.parent = static_cast<pid_t>(fields[kParent]);
  times.own = FromTicks(fields[kUser] + fields[kSystem]);
  times.children = FromTicks(fields[kChildUser] + fields[kChildSystem]);
  times.resident = Bytes(static_cast<double>(fields[kRss]) * page);
  return times;
}

std::optional<MemoryState> ParseMemory(std::string_view text) {
  const auto total = Kibibytes(text, "MemTotal");
  if (!total || *total <= Bytes(0)) return std::nullopt;
  auto available = Kibibytes(text, "MemAvailable");
  if (!available) {
    // Kernels before 3.14; this is how free(1) put it then.
    const auto free = Kibibytes(text, "MemFree");
    if (!free) return std::nullopt;
    available = *free + Kibibytes(text, "Buffers").value_or(Bytes(0)) +
                Kibibytes(text, "Cached").value_or(Bytes(0));
  }
  return MemoryState{*total, *available};
}

std::optional<std::string_view> FindField(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || Trim(line.substr(0, colon)) != name) continue;
    return Trim(line.substr(colon + 1));
  }
  return std::nullopt;
}

}  // namespace permille
