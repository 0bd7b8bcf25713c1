// SPDX-License-Identifier: Apache-2.0
#include "meter/ram.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "meter/proc_files.h"
#include "meter/sys_file.h"

namespace permille {
namespace {

constexpr std::string_view kSource = "ram-size";
constexpr Seconds kPeriod(1.0);

/// The control group of this process as /proc/self/cgroup states it for `controller` (version 1),
/// or for the unified hierarchy when `controller` is empty. Lines are "id:controllers:path", see
/// cgroups(7).
std::optional<std::string> OwnGroup(std::string_view groups, std::string_view controller) {
  while (!groups.empty()) {
    const std::size_t end = groups.find('\n');
    const std::string_view line = groups.substr(0, end);
    groups = end == std::string_view::npos ? std::string_view{} : groups.substr(end + 1);
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    if (line.substr(first + 1, second - first - 1) == controller)
      return std::string(line.substr(second + 1));
  }
  return std::nullopt;
}

/// The lowest memory limit from `group` up to the hierarchy's top; "max" and absurd values are no
/// limits.
std::optional<std::uint64_t> LowestLimit(const std::string& hierarchy, std::string group,
                                         const char* file) {
  std::optional<std::uint64_t> lowest;
  for (;;) {
    const auto text = ReadSysText(UnderRoot(hierarchy, group) + "/" + file);
    const auto limit = text ? ParseCount(*text) : std::nullopt;
    if (limit && (!lowest || *limit < *lowest)) lowest = limit;
    const std::size_t slash = group.rfind('/');
    if (group.empty() || group == "/" || slash == std::string::npos) return lowest;
    group.resize(slash);
  }
}

std::optional<std::uint64_t> GroupLimit(const std::string& root) {
  const std::string groups = ReadSysText(UnderRoot(root, "proc/self/cgroup")).value_or("");
  if (const auto group = OwnGroup(groups, "memory")) {
    return LowestLimit(UnderRoot(root, "sys/fs/cgroup/memory"), *group, "memory.limit_in_bytes");
  }
  const auto group = OwnGroup(groups, "");
  return LowestLimit(UnderRoot(root, "sys/fs/cgroup"), group.value_or(""), "memory.max");
}

Channel DescribeChannel(const std::string& root, const MemoryState& memory) {
  Channel channel;
  channel.id = kSource;
  channel.component = Component::kRam;
  channel.quantity = Quantity::kBytes;
  channel.source = kSource;
  channel.provenance = Provenance::kModelled;
  channel.kind = SourceKind::kFormula;
  channel.period = kPeriod;
  channel.scope = "memory of the whole machine";
  channel.citation = "proc(5)";
  channel.facts["bytes_total"] = fmt::format("{:.0f}", memory.total.value());
  const auto limit = GroupLimit(root);
  if (limit && static_cast<double>(*limit) < memory.total.value()) {
    channel.facts["cgroup_limit_bytes"] = fmt::format("{}", *limit);
  }
  return channel;
}

class RamMeter final : public Meter {
 public:
  RamMeter(SysFile meminfo, Channel channel)
      : channels_{std::move(channel)}, meminfo_(std::move(meminfo)) {}

  std::string_view name() const override { return kSource; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return kPeriod; }

  void Read(std::span<Reading> out) override {
    Reading& reading = out[0];
    reading.value.reset();
    std::array<char, 4096> buffer;
    const SysFile::Text read = meminfo_.Read(buffer);
    if (const auto memory = ParseMemory(read.text)) {
      reading.error.clear();
      reading.value = (memory->total - memory->available).value();
      return;
    }
    reading.error = fmt::format("ram-size: {} unreadable ({})", meminfo_.path(),
                                read.error != 0 ? std::strerror(read.error) : "no MemTotal");
  }

 private:
  std::vector<Channel> channels_;
  SysFile meminfo_;
};

}  // namespace

Result<std::unique_ptr<Meter>> MakeRamMeter(const MeterOptions& options,
                                            std::string_view argument) {
  if (!argument.empty()) {
    return Fail(ErrorCode::kInvalid, "--meter: ram-size takes no argument, got '{}'", argument);
  }
  const std::string path = UnderRoot(options.sysfs_root, "proc/meminfo");
  const auto memory = ParseMemory(ReadSysText(path).value_or(""));
  if (!memory) return Fail(ErrorCode::kUnavailable, "ram-size: no MemTotal in {}", path);
  return std::make_unique<RamMeter>(SysFile(path), DescribeChannel(options.sysfs_root, *memory));
}

std::vector<SourceReport> ProbeRam(const MeterOptions& options) {
  SourceReport report;
  report.component = Component::kRam;
  report.source = kSource;
  report.provenance = Provenance::kModelled;
  report.kind = SourceKind::kFormula;
  report.period = kPeriod;
  const auto meter = MakeRamMeter(options, {});
  if (!meter) {
    report.reason = meter.error().message;
    report.remedy = "mount /proc";
    return {report};
  }
  report.status = SourceStatus::kOk;
  report.channels = {std::string(kSource)};
  report.reason = "size of the whole machine's memory; watts are modelled from it";
  return {report};
}

}  // namespace permille
