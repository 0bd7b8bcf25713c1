// SPDX-License-Identifier: Apache-2.0
#include "meter/cpu_load.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "meter/machine.h"
#include "meter/proc_files.h"
#include "meter/sys_file.h"

namespace permille {
namespace {

constexpr std::string_view kSource = "cpu-load";
constexpr Seconds kPeriod(0.1);

/// A kernel counter that should only grow but has been seen to step back (tick accounting rounds,
/// and processors leave). A step back adds nothing; what follows counts from there.
class GrowingTime {
 public:
  CoreSeconds Add(CoreSeconds raw) {
    if (last_ && raw > *last_) total_ += raw - *last_;
    last_ = raw;
    return total_;
  }

 private:
  std::optional<CoreSeconds> last_;
  CoreSeconds total_;
};

Channel DescribeChannel(const Machine& machine) {
  Channel channel;
  channel.id = kSource;
  channel.component = Component::kCpu;
  channel.quantity = Quantity::kLoad;
  channel.source = kSource;
  channel.provenance = Provenance::kModelled;
  channel.kind = SourceKind::kFormula;
  channel.period = kPeriod;
  channel.scope = "busy time of all processors, whole machine";
  channel.citation = "proc(5)";
  if (!machine.cpu_model.empty()) channel.facts["model_name"] = machine.cpu_model;
  if (machine.sockets) channel.facts["sockets"] = fmt::format("{}", *machine.sockets);
  if (machine.logical_cores > 0)
    channel.facts["logical_cores"] = fmt::format("{}", machine.logical_cores);
  channel.facts["virtualised"] = machine.virtual_machine ? "yes" : "no";
  return channel;
}

class CpuLoadMeter final : public Meter {
 public:
  explicit CpuLoadMeter(const std::string& root)
      : channels_{DescribeChannel(ReadMachine(root))}, stat_(UnderRoot(root, "proc/stat")) {}

  std::string_view name() const override { return kSource; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return kPeriod; }

  void Read(std::span<Reading> out) override {
    Reading& reading = out[0];
    reading.value.reset();
    std::array<char, 512> buffer;
    const SysFile::Text read = stat_.Read(buffer);
    const auto times = ParseCpuTimes(read.text);
    if (!times) {
      reading.error = fmt::format("cpu-load: {} unreadable ({})", stat_.path(),
                                  read.error != 0 ? std::strerror(read.error) : "no cpu line");
      return;
    }
    reading.error.clear();
    reading.value = (user_.Add(times->user) + system_.Add(times->system)).value();
  }

 private:
  std::vector<Channel> channels_;
  SysFile stat_;
  GrowingTime user_;
  GrowingTime system_;
};

}  // namespace

Result<std::unique_ptr<Meter>> MakeCpuLoadMeter(const MeterOptions& options,
                                                std::string_view argument) {
  if (!argument.empty()) {
    return Fail(ErrorCode::kInvalid, "--meter: cpu-load takes no argument, got '{}'", argument);
  }
  auto meter = std::make_unique<CpuLoadMeter>(options.sysfs_root);
  Reading reading;
  meter->Read(std::span(&reading, 1));
  if (!reading.value) return Fail(ErrorCode::kUnavailable, "{}", reading.error);
  return meter;
}

std::vector<SourceReport> ProbeCpuLoad(const MeterOptions& options) {
  SourceReport report;
  report.component = Component::kCpu;
  report.source = kSource;
  report.provenance = Provenance::kModelled;
  report.kind = SourceKind::kFormula;
  report.period = kPeriod;
  const auto meter = MakeCpuLoadMeter(options, {});
  if (!meter) {
    report.reason = meter.error().message;
    report.remedy = "mount /proc";
    return {report};
  }
  report.status = SourceStatus::kOk;
  report.channels = {std::string(kSource)};
  report.reason = "load of the whole machine; watts are modelled from it";
  return {report};
}

}  // namespace permille
