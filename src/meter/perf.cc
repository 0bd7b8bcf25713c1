// SPDX-License-Identifier: Apache-2.0
#include "meter/perf.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "meter/perf_events.h"
#include "meter/rapl_channel.h"
#include "meter/rapl_domains.h"
#include "meter/rapl_report.h"
#include "meter/sys_file.h"

namespace permille {
namespace {

constexpr std::string_view kSource = "rapl-perf";

int OpenSystemWide(unsigned type, unsigned long long config, int cpu) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  constexpr pid_t kEveryProcess = -1;
  constexpr int kNoGroup = -1;
  const long descriptor =
      syscall(SYS_perf_event_open, &attributes, kEveryProcess, cpu, kNoGroup, PERF_FLAG_FD_CLOEXEC);
  return descriptor >= 0 ? static_cast<int>(descriptor) : -errno;
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  int value() const { return value_; }

 private:
  int value_;
};

/// One open event.
struct OpenEvent {
  RaplPlace place;
  Joules count;  ///< what one count is worth
  Descriptor descriptor;
};

/// Counts since the event was opened; absent with errno set when the read failed.
std::optional<std::uint64_t> ReadCounts(const OpenEvent& event) {
  std::uint64_t counts = 0;
  errno = 0;
  if (read(event.descriptor.value(), &counts, sizeof counts) != sizeof counts) return std::nullopt;
  return counts;
}

class PerfMeter final : public Meter {
 public:
  PerfMeter(std::vector<OpenEvent> events, const Machine& machine, const RaplTree& powercap,
            Seconds period)
      : period_(period), events_(std::move(events)) {
    std::vector<RaplPlace> places;
    for (const OpenEvent& event : events_) places.push_back(event.place);
    channels_ = DescribeRaplChannels(places, kSource, machine);
    // The PMU scales every counter to 2^-32 J; what one count of the hardware is, only powercap's
    // range tells.
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      const auto domain = std::ranges::find(powercap.domains, places[i], &RaplDomain::place);
      if (domain != powercap.domains.end()) channels_[i].resolution = domain->resolution();
    }
  }

  std::string_view name() const override { return kSource; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return period_; }

  void Read(std::span<Reading> out) override {
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (const auto counts = ReadCounts(events_[i])) {
        out[i].value = static_cast<double>(*counts) * events_[i].count.value();
        out[i].error.clear();
        continue;
      }
      out[i].value.reset();
      out[i].error = fmt::format("{}: {} unreadable ({})", kSource, channels_[i].id,
                                 errno != 0 ? std::strerror(errno) : "short read");
    }
  }

 private:
  Seconds period_;
  std::vector<OpenEvent> events_;
  std::vector<Channel> channels_;
};

SourceFailure ExplainRefusal(int error, const std::string& root, const Machine& machine) {
  if (error != EACCES && error != EPERM) {
    return {SourceStatus::kUnsupported,
            fmt::format("perf_event_open failed ({})", std::strerror(error)),
            {}};
  }
  const auto level = ReadSysText(UnderRoot(root, "proc/sys/kernel/perf_event_paranoid"));
  std::error_code ignored;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", ignored).string();
  std::string remedy = fmt::format(
      "sudo sysctl kernel.perf_event_paranoid=0 (for good: echo 'kernel.perf_event_paranoid = 0' | "
      "sudo tee "
      "/etc/sysctl.d/70-permille.conf), or for this program alone: sudo setcap cap_perfmon+ep {}",
      program.empty() ? "/path/to/permille" : program);
  if (machine.container) remedy += "; in a container also: docker run --cap-add PERFMON";
  return {SourceStatus::kDenied,
          fmt::format(
              "perf_event_open: {} (kernel.perf_event_paranoid is {}; RAPL needs 0 or CAP_PERFMON)",
              std::strerror(error), level.value_or("unknown")),
          std::move(remedy)};
}

/// Whether there is a psys event that counts nothing while its package counts: a platform without
/// sensors. Kept, it would stand for the whole machine with 0 J. RAPL moves every millisecond, so a
/// living one shows at once.
bool PsysIsDead(const std::vector<OpenEvent>& events) {
  const auto find = [&](RaplKind kind) {
    return std::ranges::find_if(events,
                                [&](const OpenEvent& event) { return event.place.kind == kind; });
  };
  const auto psys = find(RaplKind::kPsys);
  const auto package = find(RaplKind::kPackage);
  if (psys == events.end() || package == events.end()) return false;
  for (int tries = 0; tries < 20; ++tries) {
    if (ReadCounts(*psys).value_or(0) > 0) return false;
    usleep(500);
  }
  return ReadCounts(*package).value_or(0) > 0;
}

/// Leave out what would be taken for more than it is.
void DropMisleading(std::vector<OpenEvent>& events, std::vector<std::string>& notes) {
  if (PsysIsDead(events)) {
    std::erase_if(events,
                  [](const OpenEvent& event) { return event.place.kind == RaplKind::kPsys; });
    notes.push_back("psys-0 stands at 0 and is not counted");
  }
  std::vector<RaplPlace> places;
  for (const OpenEvent& event : events) places.push_back(event.place);
  std::erase_if(events,
                [&](const OpenEvent& event) { return LacksItsPackage(event.place, places); });
}

struct Opened {
  std::vector<OpenEvent> events;
  std::vector<std::string> notes;
};

SourceResult<Opened> OpenEvents(const MeterOptions& options, const Machine& machine) {
  const PowerPmu pmu = ReadPowerPmu(options.sysfs_root, machine);
  if (!pmu.type) return tl::unexpected(ExplainNoPerf(machine));
  Opened opened;
  opened.notes = pmu.notes;
  int first_error = 0;
  for (const PowerEvent& event : pmu.events) {
    const int descriptor = options.perf_event_open
                               ? options.perf_event_open(*pmu.type, event.config, event.cpu)
                               : OpenSystemWide(*pmu.type, event.config, event.cpu);
    if (descriptor >= 0) {
      opened.events.push_back({event.place, event.count, Descriptor(descriptor)});
      continue;
    }
    if (first_error == 0) first_error = -descriptor;
    opened.notes.push_back(
        fmt::format("{} cannot be opened ({})", RaplId(event.place), std::strerror(-descriptor)));
  }
  DropMisleading(opened.events, opened.notes);
  if (!opened.events.empty()) return opened;
  if (first_error != 0)
    return tl::unexpected(ExplainRefusal(first_error, options.sysfs_root, machine));
  return tl::unexpected(
      SourceFailure{SourceStatus::kUnsupported, "the PMU 'power' names no energy event", {}});
}

/// What one interface shows and the other does not; empty when they agree or powercap shows
/// nothing.
std::string CompareWithPowercap(const Meter& meter, const RaplTree& powercap) {
  if (powercap.domains.empty()) return {};
  std::set<std::string> here;
  std::set<std::string> there;
  for (const Channel& channel : meter.channels()) here.insert(channel.id);
  for (const RaplDomain& domain : powercap.domains) there.insert(RaplId(domain.place));
  std::string text;
  const auto list = [&](const std::set<std::string>& from, const std::set<std::string>& missing_in,
                        std::string_view word) {
    for (const std::string& id : from) {
      if (!missing_in.contains(id)) text += fmt::format("; {} only through {}", id, word);
    }
  };
  list(here, there, "perf_event");
  list(there, here, "powercap");
  return text;
}

}  // namespace

Result<std::unique_ptr<Meter>> MakePerfMeter(const MeterOptions& options,
                                             std::string_view argument) {
  PERMILLE_ASSIGN(const Seconds period, ParseRaplReadPeriod(kSource, argument));
  const Machine machine = ReadMachine(options.sysfs_root);
  auto opened = OpenEvents(options, machine);
  if (!opened) return Fail(ToError(kSource, opened.error()));
  const RaplTree powercap = FindRaplDomains(options.sysfs_root, machine);
  return std::make_unique<PerfMeter>(std::move(opened->events), machine, powercap, period);
}

std::vector<SourceReport> ProbePerf(const MeterOptions& options) {
  const Machine machine = ReadMachine(options.sysfs_root);
  auto opened = OpenEvents(options, machine);
  if (!opened) return {ReportRaplFailure(kSource, std::move(opened.error()))};
  const RaplTree powercap = FindRaplDomains(options.sysfs_root, machine);
  PerfMeter meter(std::move(opened->events), machine, powercap, kRaplReadPeriod);
  std::vector<SourceReport> reports = ReportRapl(meter, options.clock);
  for (const std::string& note : opened->notes) reports.front().reason += "; " + note;
  reports.front().reason += CompareWithPowercap(meter, powercap);
  return reports;
}

}  // namespace permille
